"""Protocol knowledge: a question in, protocol messages out, an answer that explains itself.

Nothing here prints, and nothing here opens a socket: messages go through a network.
"""
