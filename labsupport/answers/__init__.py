"""What a fact looks like: sentence, rows, picture, limits; a module a question."""
