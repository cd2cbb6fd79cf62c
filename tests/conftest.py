"""Tests anywhere may import the reference models in ``tests/reference``; no Hypothesis test is timed."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "reference"))

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
