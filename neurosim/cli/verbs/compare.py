"""``neurosim compare``: finished runs side by side, and the limits that a change may not cross."""

from __future__ import annotations

from neurosim.cli.options import FailAbove, RunDirs
from neurosim.cli.terminal import say, width


def compare(run_dirs: RunDirs, fail_above: FailAbove = None) -> None:
    """Put finished runs side by side; ratios are to the first."""
    from neurosim.files.runs.stored_run import read_stored
    from neurosim.report.terminal import comparison

    limits = comparison.parse_limits(fail_above or [])
    summaries = [read_stored(folder).summary for folder in run_dirs]
    say(comparison.compare(summaries, width()))
    comparison.check_limits(summaries, limits)
