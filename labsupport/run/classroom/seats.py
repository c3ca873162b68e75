"""Who sits where: names, codes, and what becomes of one who knocks.

The room knows people by the name they typed. Each gets a desk: a system user of their own.
A desk is opened with the code of the class, and found again with a code of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from labsupport.language import Language
from labsupport.run.workcopy import write

# Neither 0 and O nor 1, I and L: the code is read from a wall and typed on a tablet.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CLASS_LETTERS = 6
OWN_LETTERS = 8
INSTRUCTOR_LETTERS = 12
LONGEST_NAME = 60
LONGEST_TYPED = (
    240  # letters that are looked at: to bring very many into order takes long
)
# Letters and signs that nobody sees (Unicode counts them as such).
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
USER = "labdesk"
INSTRUCTOR = f"{USER}00"
# What a browser sends along to its own desk, and how the desk's server is told what that must be.
COOKIE = "desk"
PASS = "LAB_DESK_PASS"
LANGUAGE = "language"  # the cookie of one who has chosen a language at the door


class NoSeatError(Exception):
    """Nobody may sit down; the message is a sentence for the one who knocked."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A desk that is taken: the system user, the name typed, the own code's digest.

    `shown` tells whether the owner has seen the own code. A desk whose hub died before has no
    digest: whoever types its name may take it, for nothing lies on it.
    """

    user: str
    name: str
    digest: str
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """The code on the wall, and the instructor's."""

    room: str
    instructor: str

    @classmethod
    def new(cls) -> Codes:
        """Return codes that nobody can guess."""
        return cls(new_code(CLASS_LETTERS), new_code(INSTRUCTOR_LETTERS))


def new_code(letters: int) -> str:
    """Return a random code, in groups that can be read aloud.

    >>> len(new_code(8))
    9
    """
    text = "".join(secrets.choice(LETTERS) for _ in range(letters))
    size = 3 if letters % 4 else 4
    return "-".join(text[at : at + size] for at in range(0, letters, size))


def typed(code: str) -> str:
    """Return a code as it is compared: people type small letters, blanks and other dashes.

    >>> typed(" k7m–3px ")
    'K7M3PX'
    """
    return "".join(
        c
        for c in unicodedata.normalize("NFKC", code[:LONGEST_TYPED]).upper()
        if c.isalnum()
    )


def tidy(name: str) -> str:
    """Return a name as it is shown: without control characters, blanks made single.

    >>> tidy("  Ana   María\\n")
    'Ana María'
    """
    kept = (
        c if c.isprintable() and c not in BLANK else " "
        for c in unicodedata.normalize("NFKC", name[:LONGEST_TYPED])
    )
    return " ".join("".join(kept).split())


def alike(name: str) -> str:
    """Return what two names have in common that people would take for one.

    >>> alike("Ana MARÍA") == alike("ana-maria")
    True
    """
    apart = unicodedata.normalize("NFKD", tidy(name).casefold())
    return "".join(c for c in apart if c.isalnum())


class Seats:
    """The desks of a room, kept in a file that only the room's owner reads.

    `most` is how many participants there may be. The instructor has a desk besides. `say` gives the
    language of who is at the door.
    """

    def __init__(
        self, file: Path, codes: Codes, most: int, say: Callable[[], Language]
    ) -> None:
        self._file = file
        self._codes = codes
        self._most = most
        self._say = say
        self._seats: dict[str, Seat] = {}
        if file.exists():
            for row in json.loads(file.read_text(encoding="utf-8")):
                seat = Seat(**{"shown": True} | row)  # as in rooms of an earlier course
                self._seats[seat.user] = (
                    seat if seat.shown else replace(seat, digest="")
                )

    def __iter__(self) -> Iterator[Seat]:
        """Return the seats that are taken, in the order in which they were."""
        return iter([*self._seats.values()])

    def __len__(self) -> int:
        return len(self._seats)

    def of(self, user: str) -> Seat | None:
        """Return the seat of a system user."""
        return self._seats.get(user)

    def digest_of(self, user: str) -> str:
        """Return what is kept of the own code of a system user; "" without a seat."""
        seat = self.of(user)
        return seat.digest if seat else ""

    # Every way to be turned away at the door, one after the other.
    def admit(self, name: str, code: str, own_code: str = "") -> tuple[Seat, str]:  # noqa: C901
        """Return the seat for one who knocks, and the own code where the seat is new ("" if not).

        Nothing is written before `save`. Raises NoSeatError with a sentence: a wrong code, a name
        that is missing, too long or taken, a full room.
        """
        say = self._say()
        given = typed(code)
        if same(given, self._codes.instructor):
            if seat := self.of(INSTRUCTOR):
                return seat, ""
            return self._seat(
                INSTRUCTOR, tidy(name)[:LONGEST_NAME] or say("classroom.instructor")
            )
        if not same(given, self._codes.room):
            raise NoSeatError(say("classroom.not_code_class_code"))
        name = tidy(name)
        if not alike(name):
            raise NoSeatError(say("classroom.type_your_name_so"))
        if len(name) > LONGEST_NAME:
            raise NoSeatError(say("classroom.name_too_long_most", most=LONGEST_NAME))
        for seat in self:
            if seat.user != INSTRUCTOR and alike(seat.name) == alike(name):
                if not seat.digest:
                    return self._seat(seat.user, name)
                if _digest(typed(own_code)) == seat.digest:
                    return seat, ""
                raise NoSeatError(self._taken(name, own_code))
        numbers = (number for number in range(1, self._most + 1))
        user = next((u for u in map(user_name, numbers) if u not in self._seats), None)
        if user is None:
            raise NoSeatError(say("seats.no_desk_left", most=self._most))
        return self._seat(user, name)

    def renew(self, user: str) -> str:
        """Give the seat of a system user a new own code, and return it."""
        own = self._seat(user, self._seats[user].name)[1]
        self.was_shown(user)
        return own

    def was_shown(self, user: str) -> None:
        """Note that the owner of a seat has seen its own code."""
        if not self._seats[user].shown:
            self._seats[user] = replace(self._seats[user], shown=True)
            self.save()

    def give_up(self, user: str) -> None:
        """Free the seat of a system user."""
        del self._seats[user]
        self.save()

    def save(self) -> None:
        """Write down who has which seat."""
        write_private(
            self._file, json.dumps([asdict(seat) for seat in self], ensure_ascii=False)
        )

    def _taken(self, name: str, own_code: str) -> str:
        if own_code.strip():
            return self._say()("seats.wrong_own_code", name=name)
        return self._say()("seats.name_has_a_desk", name=name)

    def _seat(self, user: str, name: str) -> tuple[Seat, str]:
        own = new_code(OWN_LETTERS)
        seat = Seat(user, name, _digest(typed(own)))
        self._seats[user] = seat
        return seat, own


def same(given: str, code: str) -> bool:
    """Tell whether a code that was typed is this one, without telling by the time it takes."""
    return hmac.compare_digest(given.encode(), typed(code).encode())


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner reads; a power cut leaves the old or the new."""
    write(file, text.encode(), mode=0o600)


def user_name(number: int) -> str:
    """Return the system user of a desk; nought is the instructor's."""
    return f"{USER}{number:02}"


def _digest(code: str) -> str:
    # The code is random and long: there is nothing that a slow digest would protect.
    return hashlib.sha256(code.encode()).hexdigest()
