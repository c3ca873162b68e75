"""Why the system did not do something, in words of the course: its own are English."""

from __future__ import annotations

import errno

from labsupport.language import Language

SENTENCES = {
    errno.ENOENT: "reasons.missing",
    errno.EACCES: "reasons.forbidden",
    errno.EPERM: "reasons.forbidden",
    errno.ENOSPC: "reasons.full",
    errno.EDQUOT: "reasons.full",
    errno.EROFS: "reasons.read_only",
    errno.EISDIR: "reasons.a_folder",
    errno.ESPIPE: "reasons.no_plain_file",
    errno.ENOTDIR: "reasons.no_folder",
    errno.EEXIST: "reasons.exists",
    errno.ENAMETOOLONG: "reasons.long_name",
    errno.EINVAL: "reasons.no_such_value",
    errno.EMFILE: "reasons.many_files",
    errno.EINTR: "reasons.interrupted",
    errno.EIO: "reasons.disk",
    errno.EADDRINUSE: "reasons.in_use",
    errno.EADDRNOTAVAIL: "reasons.no_own_address",
    errno.ENETUNREACH: "reasons.no_network",
    errno.ECONNREFUSED: "reasons.refused",
}


def reason_of(problem: OSError, say: Language) -> str:
    """Return why something could not be done, for a sentence.

    >>> reason_of(FileNotFoundError(errno.ENOENT, "No such file or directory"), Language.load("en"))
    'it does not exist'
    """
    number = problem.errno
    if number is None:  # raised by a library, with words alone
        return str(problem)
    if key := SENTENCES.get(number):
        return say(key)
    return say("reasons.other", number=number)
