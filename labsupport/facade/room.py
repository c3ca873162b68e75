"""What a lab and its rooms have in common: how a question is declared, asked and written down."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec, TypeVar

from labsupport import declared
from labsupport.declared import Declaration, written
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.lab_context import LabContext
from labsupport.language import SOURCE_LANGUAGE, Language
from labsupport.results import Explanation, Result, Statement

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")
DECLARATION = "declaration"  # the attribute of a method that has one


class Room:
    """A few questions that belong together: `lab.orders`, or the lab itself.

    Each method that is declared becomes a question of `declared.QUESTIONS`, under the room's path
    and its own name.
    """

    _path: ClassVar[str] = ""

    def __init__(self, context: LabContext) -> None:
        self._context = context

    def __init_subclass__(cls, path: str = "", **named: Any) -> None:
        super().__init_subclass__(**named)
        cls._path = path
        methods = {
            name: vars(method) for name, method in vars(cls).items() if callable(method)
        }
        declared.add(
            {
                declared.key(path, name): attributes[DECLARATION]
                for name, attributes in methods.items()
                if DECLARATION in attributes
            }
        )

    @property
    def _here(self) -> Result:
        """What can be asked in this room."""
        say = self._context.say
        names = [name for name in dir(self) if not name.startswith("_")]
        words = (
            declared.with_word(declared.key(self._path, name), say) for name in names
        )
        sentence = say(
            "lab.room_has", room=f"lab.{self._path}", questions=say.listed(words)
        )
        return Statement(say, None, sentence)

    def __repr__(self) -> str:
        return repr(self._here)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self._here._repr_mimebundle_()


def offers(example: str = "", **known: Any) -> Callable[[F], F]:
    """Declare what a method offers: `example` and the rest of `declared.Declaration`.

    Where it takes words from closed lists, it gets the keys of what was typed in any language.
    """

    def declare(method: F) -> F:
        declaration = _declaration(method, example, known)
        if not declaration.words:
            return method

        @functools.wraps(method)
        def with_keys(room: Room, /, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(room, Room):  # Lab.at("…") with a capital letter
                return method(room, *args, **kwargs)
            say = room._context.say
            given, named = declared.in_keys(declaration, say, args, kwargs)
            return method(room, *given, **named)

        return with_keys  # type: ignore[return-value]

    return declare


def asks(
    example: str = "", **known: Any
) -> Callable[[Callable[P, R]], Callable[P, R | Explanation]]:
    """Declare a question; what cannot be understood becomes an Explanation that says so."""

    def answered(method: Callable[P, R]) -> Callable[P, R | Explanation]:
        declaration = _declaration(method, example, known)

        @functools.wraps(method)
        def wrapper(room: Room, /, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(room, Room):  # Lab.ask("…") with a capital letter
                say = Language.load(SOURCE_LANGUAGE)
                return Explanation(
                    say, Kind.NOT_ASKED, say("lab.write_lab_small_letter")
                )
            context = room._context
            if context.mistake:
                return Explanation(context.say, Kind.NOT_ASKED, context.mistake)
            key = declared.key(room._path, method.__name__)
            shows_form = declaration.form and not args and not kwargs
            if not shows_form and (refused := context.refusal(key)):
                return refused
            given, named = declared.in_keys(declaration, context.say, args, kwargs)
            asked = written(key, args, kwargs)
            first = context.log.end
            context.done_instead.clear()
            try:
                with context.log.asking(asked):
                    result = method(room, *given, **named)  # type: ignore[arg-type]
            except NotUnderstood as problem:
                return Explanation(context.say, Kind.NOT_ASKED, str(problem))
            if not isinstance(result, Result):  # a form
                return result
            result.notes = (*context.remarks, *result.notes, *context.done_instead)
            context.log.note(first, context.now, asked, lambda: result.sentence)
            if context.log.trouble or context.log.left:
                result.notes = (*result.notes, *context.record.file_notes())
            return result

        return wrapper  # type: ignore[return-value]

    return answered


def _declaration(
    method: Callable[..., Any], example: str, fields: dict[str, Any]
) -> Declaration:
    """Write down what is known of a question, with its method, and return it."""
    _, *parameters = inspect.signature(method).parameters
    declaration = Declaration(example, tuple(parameters), method.__qualname__, **fields)
    vars(method)[DECLARATION] = declaration
    return declaration
