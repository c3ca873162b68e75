"""Settings of all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# No test is timed: a busy machine is no defect of the course.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Programs that tests start end on a signal. What is ignored, under nohup for example, they would
# ignore as well; what has a handler, even one that does nothing, they have as usual.
for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *about: None)

# The kernels' own sitecustomize: Debian's Python has one of that name already.
collect_ignore = ["guard"]
