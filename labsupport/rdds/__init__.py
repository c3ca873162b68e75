"""What public directories of names and numbers answer, read into one kind of record.

`rdap` and `whois` read bytes into a `Record`; neither knows a network.
"""
