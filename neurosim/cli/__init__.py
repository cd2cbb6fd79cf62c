"""The command line: its verbs, what they are asked with, and how they answer and end."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, and end the process with the exit code that its outcome has.

    Nothing is imported before signals are listened to, so that Ctrl-C ends the command in one way at any moment.
    """
    from neurosim.cli import interruption

    try:
        interruption.listen()
        from neurosim.cli.command import run_command

        code = run_command()
        interruption.finish()
    except KeyboardInterrupt:  # came while the outcome of the command was told
        interruption.finish()
        code = interruption.exit_code()
    sys.exit(code)


__all__ = ["main"]
