"""Each setting of the course is one that the installed JupyterLab knows.

JupyterLab says nothing about a setting it does not know, so a renamed one would be lost.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

SETTINGS = files("labsupport.data") / "course" / "jupyterlab"
LAB = Path(sys.prefix, "share", "jupyter", "lab")


def settings(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        SETTINGS.joinpath(name).read_text(encoding="utf-8")
    )
    return content


def schema(plugin: str) -> dict[str, Any]:
    extension, _, name = plugin.partition(":")
    own = LAB / "schemas" / extension
    added = LAB.parent / "labextensions" / extension / "schemas" / extension
    folder = own if own.exists() else added
    content: dict[str, Any] = json.loads(
        (folder / f"{name}.json").read_text(encoding="utf-8")
    )
    return content


def test_every_setting_has_a_schema() -> None:
    for plugin, values in settings("overrides.json").items():
        known = schema(plugin)["properties"]
        assert set(values) <= set(known), plugin


def test_every_hidden_button_exists() -> None:
    plugin = "@jupyterlab/notebook-extension:panel"
    buttons = {
        item["name"] for item in schema(plugin)["jupyter.lab.toolbars"]["Notebook"]
    }
    hidden = {item["name"] for item in settings("overrides.json")[plugin]["toolbar"]}
    assert hidden <= buttons


def test_every_size_of_type_can_be_overridden() -> None:
    plugin = "@jupyterlab/apputils-extension:themes"
    extension, _, name = plugin.partition(":")
    sizes = settings(f"first/settings/{extension}/{name}.jupyterlab-settings")[
        "overrides"
    ]
    assert set(sizes) <= set(
        schema(plugin)["definitions"]["cssOverrides"]["properties"]
    )


def test_every_disabled_extension_is_there() -> None:
    package = json.loads((LAB / "static" / "package.json").read_text(encoding="utf-8"))
    extensions = (
        package["jupyterlab"]["extensions"] | package["jupyterlab"]["mimeExtensions"]
    )
    for disabled in settings("page_config.json")["disabledExtensions"]:
        assert disabled.partition(":")[0] in extensions
