"""Orders: reading, reviewing, executing them in the lab, and what each would hit.

What is in here is handed a session or a world; it never imports the lab.
"""
