"""YAML with positions, and without surprises.

The scalars are those of YAML 1.2's core schema: ``yes``, ``on`` and ``0123`` mean what they look like, ``1e-12`` is
a number. Beyond the syntax, a key given twice, a tag, a non-finite number and a second document are problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from neurosim.errors import DocumentError, Problem
from neurosim.files.documents.located_document import Document, KeyPath, Location, Problems, shown_path
from neurosim.files.documents.validate import build
from neurosim.messages import CONTROL, shortened
from neurosim.plugins import file_problem

__all__ = ["Document", "KeyPath", "Problems", "build", "parse", "read"]

LARGEST_FILE_BYTES = 4 * 2**20
MOST_VALUES = 100_000  # an alias of an alias of ... of ten values would fill the memory
MOST_CHARACTERS = LARGEST_FILE_BYTES  # of all texts, those of aliases counted each time
DEEPEST = 40

WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
INTEGER = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+", re.ASCII)
WHOLE_KEY = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
LONG_TAG = re.compile(r"(?<![^\s\[{,:?-])!\S{1000}")  # ruamel's time to read one grows with the square of its length
NOT_FINITE = re.compile(r"[-+]?\.inf|\.nan", re.ASCII | re.IGNORECASE)


def read(path: str | Path) -> Document:
    """The document in the file ``path``, a mapping at its top; DocumentError with all problems of its syntax."""
    text = _text(Path(path), str(path))
    document = parse(text, str(path))
    if not isinstance(document.value, dict):
        found = "nothing" if document.value is None else f"a {'list' if isinstance(document.value, list) else 'value'}"
        raise _refusal(Location(str(path), 1, 1), f"holds {found}; wanted a mapping of keys to values")
    return document


def parse(text: str, path: str) -> Document:
    """The one value of ``text``; ``path`` names its origin in messages."""
    composer = _Composer(path)
    if tag := LONG_TAG.search(text):
        raise _refusal(_spot(path, text, tag.start()), "a tag of more than 1,000 characters; tags have no meaning here")
    try:
        composer.document(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        raise _syntax_error(error, path) from None
    except ReaderError as error:
        spot = _spot(path, text, error.position)
        raise _refusal(spot, f"character {ord(text[error.position]):#x} is not allowed in a text file") from None
    except (ArithmeticError, ValueError, IndexError, AttributeError, TypeError, AssertionError) as error:
        # ruamel's scanner lets these escape for some malformed escapes and directives, without a position
        raise _refusal(Location(path, 0, 0), f"not valid YAML ({error})") from None
    if composer.problems:
        raise DocumentError(composer.problems)
    return Document(path, composer.value, composer.value_spots, composer.key_spots)


class _Composer:
    """Builds values from ruamel's events, recording the location of each, and every problem."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.value: Any = None
        self.value_spots: dict[KeyPath, Location] = {}
        self.key_spots: dict[KeyPath, Location] = {}
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.values = self.characters = 0

    def document(self, events: Iterator[Any]) -> None:
        next(events)
        event = next(events)
        if isinstance(event, StreamEndEvent):
            raise _refusal(Location(self.path, 1, 1), "the file is empty")
        self.value = self.compose(next(events), events, ())
        next(events)
        event = next(events)
        if isinstance(event, DocumentStartEvent):
            raise _refusal(self.spot(event), "a second document starts here; a file holds one")

    def compose(self, event: Any, events: Iterator[Any], place: KeyPath) -> Any:
        self.value_spots[place] = self.spot(event)
        if len(place) > DEEPEST:
            raise _refusal(self.spot(event), f"nested more than {DEEPEST} deep")
        values, characters = self.values, self.characters
        self.values += 1
        if isinstance(event, AliasEvent):
            value = self.alias(event, place)
        else:
            if event.tag is not None:
                self.add(event, place, f"tag '{shortened(event.tag)}' has no meaning here; leave it out")
            if isinstance(event, MappingStartEvent):
                value = self.mapping(events, place)
            elif isinstance(event, SequenceStartEvent):
                value = self.sequence(events, place)
            else:
                value = self.scalar(event, place)
            if event.anchor is not None:
                self.anchors[event.anchor] = (value, self.values - values, self.characters - characters)
        if self.values > MOST_VALUES:
            raise _refusal(self.spot(event), f"more than {MOST_VALUES:,} values")
        if self.characters > MOST_CHARACTERS:
            raise _refusal(self.spot(event), f"more than {MOST_CHARACTERS:,} characters, aliases written out")
        return value

    def mapping(self, events: Iterator[Any], place: KeyPath) -> dict[str | int, Any]:
        value: dict[str | int, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise _refusal(self.spot(event), "a key is a name or a whole number, nothing larger")
            key = _key(self.text(event, place))
            self.values += 1
            if key in value:
                first = self.key_spots[*place, key].line
                self.add(event, (*place, key), f"key given twice (first at line {first})")
                self.compose(next(events), events, (*place, key))
                continue
            self.key_spots[*place, key] = self.spot(event)
            value[key] = self.compose(next(events), events, (*place, key))
        return value

    def sequence(self, events: Iterator[Any], place: KeyPath) -> list[Any]:
        value: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            value.append(self.compose(event, events, (*place, len(value))))
        return value

    def alias(self, event: Any, place: KeyPath) -> Any:
        if event.anchor not in self.anchors:
            self.add(event, place, f"'*{shortened(event.anchor)}' names no value before it")
            return None
        value, values, characters = self.anchors[event.anchor]
        self.values += values
        self.characters += characters
        return value

    def scalar(self, event: Any, place: KeyPath) -> Any:
        text = self.text(event, place)
        if event.style is not None or event.tag is not None:
            return text
        if text in WORDS or (text in (text.title(), text.upper()) and text.lower() in WORDS):
            return WORDS[text.lower()]
        if INTEGER.fullmatch(text) and len(text) < 100:
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if NUMBER.fullmatch(text) and abs(number := float(text)) != float("inf"):
            return number
        if NUMBER.fullmatch(text) or NOT_FINITE.fullmatch(text):
            self.add(event, place, f"{shortened(text, 40)} is not a finite number")
            return None
        return text

    def text(self, event: Any, place: KeyPath) -> str:
        """The characters of a scalar; JSON writes one beyond 16 bits as a pair of escapes."""
        try:
            text = str(event.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le"))
        except UnicodeDecodeError:
            self.add(event, place, "half of a surrogate pair is not a character")
            return ""
        self.characters += len(text)
        if control := CONTROL.search(text):
            self.add(event, place, f"control character {ord(control[0]):#x} has no place in a text")
            return CONTROL.sub("", text)
        return text

    def spot(self, event: Any) -> Location:
        return Location(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def add(self, event: Any, place: KeyPath, message: str) -> None:
        self.problems.append(Problem(*self.spot(event), shown_path(place), message))


def _key(text: str) -> str | int:
    """A key as a whole number, quoted or not, or as a name."""
    return int(text) if WHOLE_KEY.fullmatch(text) else text


def _text(path: Path, name: str) -> str:
    """The text of a file; DocumentError where it cannot be read."""
    nowhere = Location(name, 0, 0)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise _refusal(nowhere, "is not an ordinary file")  # a device never ends, a pipe never begins
        if problem := file_problem(path):
            raise DocumentError(problem)
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
        if len(data) > LARGEST_FILE_BYTES:
            raise _refusal(nowhere, f"is larger than {LARGEST_FILE_BYTES // 2**20} MiB; is this the right file?")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refusal(nowhere, f"cannot be read: {reason}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        spot = Location(name, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise _refusal(spot, f"byte {data[error.start]:#x} is not UTF-8; save the file as UTF-8") from None


def _syntax_error(error: MarkedYAMLError, path: str) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    spot = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path, 0, 0)
    problem = error.problem or "something is out of place"
    if r"'\t'" in problem:
        return _refusal(spot, "a tab cannot indent YAML; use spaces")
    return _refusal(spot, "not valid YAML: " + ", ".join(part for part in (error.context, problem) if part))


def _spot(path: str, text: str, position: int) -> Location:
    before = text[:position]
    return Location(path, before.count("\n") + 1, position - before.rfind("\n"))


def _refusal(spot: Location, message: str) -> DocumentError:
    return DocumentError([Problem(*spot, "", message)])
