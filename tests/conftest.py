"""What holds for every test: how Hypothesis draws, which neurosim a started process imports, and that Ctrl-C is heard.

No Hypothesis test has a deadline. A developer's run draws new examples; where ``CI`` is set they are the same each
time, so that a merge does not depend on a draw.
"""

import os
import signal
from pathlib import Path

from hypothesis import settings

import neurosim

settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

# Processes that tests start import the same neurosim as the tests: the checkout's, even where another is installed.
paths = [str(Path(neurosim.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

# A shell lets background jobs ignore SIGINT and processes inherit that; some tests send it to processes they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
