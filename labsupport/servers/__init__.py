"""The machines of the lab Internet.

Each server has one method, `handle(request, send, clock)`: a message in, an outcome back.
It is the same object offline and when served on real sockets. The outcome's `elapsed` is
the time the server itself took; the network adds the time on the way.
"""
