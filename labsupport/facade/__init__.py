"""The rooms of a lab: what can be asked of it, a method a question."""
