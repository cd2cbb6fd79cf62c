"""The command line: its verbs, what they are asked with, and how they answer and end."""

from neurosim.cli.command import main

__all__ = ["main"]
