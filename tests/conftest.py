"""Settings of all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# No test is timed: a busy machine is no defect of the course.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Programs that tests start end on a signal. What is ignored, as SIGINT under nohup, is inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The kernels' own sitecustomize: Debian's Python has one of that name already.
collect_ignore = ["guard"]
