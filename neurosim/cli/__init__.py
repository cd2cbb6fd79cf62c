"""The command line: verbs, their options, output streams and exit codes."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code.

    Signal handlers are installed before anything else is imported, so that Ctrl-C ends the command alike at any moment.
    """
    from neurosim.cli import interruption

    try:
        interruption.listen()
        from neurosim.cli.application import run_command

        code = run_command()
        interruption.finish()
    except KeyboardInterrupt:  # arrived while the outcome was being printed
        interruption.finish()
        code = interruption.exit_code()
    sys.exit(code)


__all__ = ["main"]
