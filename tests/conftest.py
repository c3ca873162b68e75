"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# No test is timed: a busy machine is no defect of the course.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The kernels' own sitecustomize: Debian's Python has one of that name already.
collect_ignore = ["guard"]
