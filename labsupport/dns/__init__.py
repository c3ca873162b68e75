"""DNS without a network: what a signature, a denial or a referral proves.

Pure functions over dnspython objects. They send nothing, keep no clock of their own (the
time is an argument) and say nothing to people: a reason is an enum member, and the words
for it are said elsewhere. Resolvers and lookups share them.
"""
