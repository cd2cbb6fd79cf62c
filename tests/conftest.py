"""Tests anywhere may import the reference models in ``tests/reference``; no Hypothesis test is timed.

Everybody's own runs try new examples; where ``CI`` is set they are the same each time, so that a landing does not hang
on a draw.
"""

import os
import signal
from pathlib import Path

from hypothesis import settings

import neurosim

settings.register_profile("own", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "own")

# Processes that tests start are of the neurosim that the tests import, a checkout's even where another is installed.
paths = [str(Path(neurosim.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

# A shell ignores Ctrl-C for what it starts in the background, and processes inherit that; tests press it themselves.
signal.signal(signal.SIGINT, signal.default_int_handler)
