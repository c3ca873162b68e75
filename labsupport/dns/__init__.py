"""DNS without a network: the walk from the root, and what signatures and denials prove.

Whoever uses it hands in what sends messages, and a clock or the time. Nothing here speaks to
people: a reason is a member of an enumeration, and its words are said elsewhere. Resolvers and
lookups share it.
"""
