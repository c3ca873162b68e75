"""Papers to keep, and the templates they are made by."""
