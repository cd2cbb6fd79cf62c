"""Usage errors: the parser's messages in this project's words, and options that are whole numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from neurosim.errors import DocumentError
from neurosim.messages import suggest

WHOLE = re.compile(r"[-+]?[0-9]{1,19}", re.ASCII)


def whole_number(option: str, least: int | None = None) -> Callable[[Any], int]:
    """Return the parser of an option that is a whole number; it raises a DocumentError for any other text."""
    expected = "a whole number" if least is None else f"a whole number, at least {least}"

    def read(text: Any) -> int:
        if WHOLE.fullmatch(str(text)) is None or (least is not None and int(text) < least):
            raise DocumentError(f"{option} {text}: wanted {expected}")
        return int(text)

    return read


def refusal(error: Any) -> str:
    """Return the message of a usage error of the parser, with the help that says more."""
    context = getattr(error, "ctx", None)
    return f"{_meaning(error, context)}\nTry '{getattr(context, 'command_path', 'neurosim')} --help'."


def _meaning(error: Any, context: Any) -> str:
    name, command = type(error).__name__, getattr(context, "command", None)
    if name == "NoSuchOption":
        typed = error.option_name
        parameters = command.get_params(context) if command is not None else ()
        # the parser holds the names of one option in no order: the long one first
        options = [option for parameter in parameters for option in sorted(parameter.opts, key=lambda name: -len(name))]
        known = {option.lstrip("-"): option for option in options if option.startswith("-")}
        nearest = suggest(typed.lstrip("-"), known)  # without the dashes, which make all options alike
        for bare, option in known.items():
            nearest = nearest.replace(f"'{bare}'", f"'{option}'")
        return f"unknown option '{typed}'" + (nearest or f"; there are: {', '.join(known.values())}")
    if name == "MissingParameter" and error.param is not None:
        parameter = error.param
        shown = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar or parameter.name.upper()
        about = getattr(parameter, "help", None)
        return f"missing {shown}{f': {about}' if about else ''}"
    if name == "BadOptionUsage":
        takes = "takes no value" if "not take" in error.format_message() else "wanted a value behind it"
        return f"{error.option_name}: {takes}"
    if verbs := getattr(command, "commands", None):
        return f"wanted a verb; there are: {', '.join(verbs)}"
    return str(error.format_message())
