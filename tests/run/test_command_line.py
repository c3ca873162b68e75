"""The command line speaks the language of the machine, or that which is asked for."""

from __future__ import annotations

import argparse

import pytest

from labsupport.language import SOURCE_LANGUAGE, Language, languages, table
from labsupport.run.cli import main
from labsupport.run.options import WORDS, Command
from labsupport.visible import quoted

COMMANDS = ["lab", "serve", "doctor", "record", "classroom", "editions", "show"]
OTHERS = [code for code in languages() if code != SOURCE_LANGUAGE]


@pytest.fixture(autouse=True)
def english_afterwards() -> object:
    yield
    Command.speak(["--language", SOURCE_LANGUAGE])


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(arguments)
    written = capsys.readouterr()
    return " ".join((written.out + written.err).split())


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_in_the_language_of_the_machine(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    code: str,
) -> None:
    monkeypatch.setenv("LAB_LANGUAGE", SOURCE_LANGUAGE)
    english = said(capsys, command, "--help")
    monkeypatch.setenv("LAB_LANGUAGE", code)
    other = said(capsys, command, "--help")
    assert other != english
    assert "[en]" not in other
    for words in table(Language.load(SOURCE_LANGUAGE), WORDS).values():
        if len(words.split()) > 1 and words in english:
            assert words not in other


@pytest.mark.parametrize("code", OTHERS)
def test_a_mistake_is_told_in_the_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("LAB_LANGUAGE", code)
    words = table(Language.load(code), WORDS)
    required = words["the_following_arguments_are_required"].partition("%")[0].strip()
    assert required in said(capsys)
    assert required in said(capsys, "record", "www.museum.example")
    unknown = words["unrecognized_arguments"].partition("%")[0].strip()
    assert unknown in said(capsys, "doctor", "--offline", "--qqq")


def test_a_language_is_asked_for_by_its_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_LANGUAGE", "en")
    spanish = table(Language.load("es"), WORDS)["usage"].strip()
    for arguments in (["--language", "español"], ["--language=es-CO"]):
        assert said(capsys, "doctor", *arguments, "--help").startswith(spanish)
    assert said(capsys, "doctor", "--language", "klingon").startswith("usage:")


def test_argparse_looks_its_words_up_as_it_did() -> None:
    """By names of its own, which no documentation promises."""
    assert {"_", "ngettext"} <= vars(argparse).keys()
    Command.speak(["--language", "es"])
    assert argparse.ArgumentParser(prog="x").format_usage().startswith("uso:")


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize(
    "command", [["lab"], ["serve"], ["show", "folder"], ["classroom"]]
)
@pytest.mark.parametrize(
    "typed", ["0", "-1", "65536", "99999", "9" * 5000, "abc", "", "8_0", "８０"]
)
def test_what_is_no_port_is_told_before_anything_is_done(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    typed: str,
    code: str,
) -> None:
    monkeypatch.setenv("LAB_LANGUAGE", code)
    told = said(capsys, *command, "--port", typed)
    language = Language.load(code)
    default = {"lab": 8888, "serve": 5300, "show": 8000, "classroom": 443}[command[0]]
    sentence = language(
        "options.no_port", what=quoted(typed), last=65535, default=default
    )
    assert told.endswith(f"argument --port: {sentence}")
