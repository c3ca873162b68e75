"""How much of an answer is read and shown, whoever sent it.

Within these bounds the time to read an answer grows as its size does. What goes over one is not
read, or not shown, and the answer says so.
"""

from __future__ import annotations

# An exchange. Who sends a little at a time is cut off in the end, however often something comes.
LONGEST_EXCHANGE = 30.0  # seconds, all in all
LONGEST_QUESTION = (
    300.0  # seconds: nothing more is sent then. A question has many exchanges.
)
LARGEST_DNS_MESSAGE = 65535  # octets (RFC 1035 section 4.2.2)
LARGEST_WHOIS_ANSWER = 1024 * 1024
# octets of an HTTP body, and of it after decompression
LARGEST_MESSAGE = 8 * 1024 * 1024
MOST_MEMBERS = 200  # of gzip, in one body: each costs time, however small it is
# Octets of an HTTP answer beside its body: headers, the sizes of its pieces, frames. A body in
# pieces of one octet would cost much more time than its size tells.
LARGEST_HEAD = 256 * 1024
ONE_READ = 64 * 1024  # octets; some of the body may have come with the head

# What is read of an answer.
MOST_VALUES = 200_000  # in JSON, or lines with one object each
MOST_CERTIFICATES = 20_000  # entries of a search over logs
MOST_NAMES = 100_000  # in all of them
LARGEST_MAIL_HEAD = 256 * 1024  # octets
MOST_MAIL_LINES = 300  # of a mail's head

# What is shown. A page with more is read by nobody, and slows the browser down.
MOST_ROWS = 1000
MOST_NAMED = 20  # problems, fields or names in one sentence
LONGEST_CELL = 4000  # characters
LONGEST_TEXT = 20_000  # characters of a sentence or a note
