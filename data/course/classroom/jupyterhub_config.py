"""JupyterHub reads this file, in which `get_config` is its own."""

from labsupport.run.classroom.hub import configure

configure(get_config())  # type: ignore[name-defined] # noqa: F821
