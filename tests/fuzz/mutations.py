"""Documents spoilt at random: in their structure, as somebody slips who knows YAML, and in their bytes, as a disk does.

Everything is drawn from one ``random.Random``, so a document is its original and a seed.
"""

import functools
import json
import random
from typing import Any

from ruamel.yaml import YAML

NUMBERS = [0, -1, 1, 2, 7, 32, 33, 63, 64, 1.5, -0.0, 1e-320, 1e-9, 1e18, 1e300, -1e300, 255, 2**16, 2**31 - 1, 2**31]
NUMBERS += [10**7, 10**9, 2**32, 2**53 + 1, 2**62, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**90]
TEXTS = ["", " ", ".", "..", "/", "a.b", "0", "1", "-1", "x", "yes", "null", "[key]", "[bold]x[/]", "[/]", "%s", "{0}"]
TEXTS += ["1e400", "nan", "inf", "5/4", "1/0", "²", "--5", "é", "\U0001f600", "\x1b[31m", "\x00", "\u202e", "\x85"]
TEXTS += ["a" * 300, "x.yaml", "nowhere/x.npz", "../../x", "/dev/null", "/dev/zero", "~root", "~nobody-here", "a+b"]
TEXTS += [
    "+",
    "str",
    "int",
    "Bell",
    "function-after",
    "vgg16",
    "digits",
    "photo",
    "npz",
    "random",
    "lif",
    "group",
    "annealed",
    "one_spike",
    "gcn",
    "lenet",
]
TEXTS += ["self", "kind", "__init__", "__class__", "steps", "options", "file", "data"]
OPTIONS = [
    "options",
    "activity",
    "graph",
    "unit",
    "deviation",
    "zero_point",
    "file",
    "data",
    "seed",
    "leak",
    "tau",
    "base",
    "wait",
    "levels",
]
OPTIONS += ["calibration", "policy", "traffic", "density", "held_back", "max_code", "weights", "scale"]
TOKENS = [*b":{}[],|>'\"%@`#-?~ \t\n\r\0\xff"]
TOKENS = [bytes([token]) for token in TOKENS] + [b"&a ", b"*a", b"\\x", b"\\U9", b"---\n", b"...\n", b"%YAML 1.2\n"]
TOKENS += [b"!!int ", b"<<: ", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"1e999", b".nan", b"- - - ", b"0x", b"[key]: 1\n"]
TOKENS += [b"!!python/object:os.system "]

Way = tuple[Any, ...]


def mutated(text: str, seed: int) -> bytes:
    """Return the document ``text`` as this ``seed`` spoils it."""
    rng = random.Random(seed)
    if rng.random() < 0.3:
        return in_bytes(text.encode(), rng)
    value = loaded(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 7])):
        value = in_structure(value, rng)
    try:
        spoilt = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1])).encode(
            "utf-8", "replace"
        )
    except (ValueError, RecursionError):  # it holds itself
        return text.encode()
    return in_bytes(spoilt, rng) if rng.random() < 0.1 else spoilt


@functools.cache
def loaded(text: str) -> Any:
    """Return what a document holds; mutations copy what they change."""
    return YAML(typ="safe", pure=True).load(text)


def in_bytes(data: bytes, rng: random.Random) -> bytes:
    """Flip bits, cut, double, put in what means something to YAML."""
    for _ in range(rng.choice([1, 1, 2, 5])):
        place = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0 if place < len(data):
                data = data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
            case 1:
                data = data[:place]
            case 2:
                data = data[:place] + data[place + rng.randrange(1, 40) :]
            case 3:
                data = data[:place] + data[place - min(place, rng.randrange(1, 60)) :]
            case _:
                data = data[:place] + rng.choice(TOKENS) + data[place:]
    return data


def in_structure(value: Any, rng: random.Random) -> Any:
    """Change one place: its type, its key, its number; remove, double, move or bury it."""
    places = list(ways(value))
    way = rng.choice(places)
    found = at(value, way)
    match rng.randrange(10):
        case 0 | 1:
            return put(value, way, odd(rng))
        case 2:
            return removed(value, way)
        case 3 | 4 if way and isinstance(at(value, way[:-1]), dict):
            return put(removed(value, way), (*way[:-1], odd_key(rng, way[-1])), found)
        case 5:
            return put(value, way, at(value, rng.choice(places)))
        case 6:
            return put(value, way, buried(found, rng))
        case 7 if isinstance(found, int | float):
            return put(value, way, rng.choice([*NUMBERS, -found, found * 10 ** rng.randrange(12), found + 1]))
        case 8 if isinstance(found, list):
            return put(value, way, [*found, *([rng.choice(found)] if found else []), odd(rng)])
        case _:
            if isinstance(found, dict):
                return put(value, (*way, odd_key(rng, "options")), odd(rng))
            return put(value, way, rng.choice(NUMBERS) if rng.random() < 0.5 else rng.choice(TEXTS))


def odd(rng: random.Random) -> Any:
    """Return a value that hardly belongs anywhere."""
    simple = [None, True, False, [], {}, rng.choice(NUMBERS), rng.choice(TEXTS)]
    return rng.choice([*simple, [rng.choice(simple)], {rng.choice(TEXTS): rng.choice(simple)}])


def odd_key(rng: random.Random, key: Any) -> Any:
    """Return a key that is not the one meant: misspelt, another's, or none."""
    own = str(key)
    misspelt = own[:-1] + rng.choice("xyz_") if own else "x"
    others = [rng.choice(TEXTS), rng.choice(OPTIONS), str(rng.choice(NUMBERS))]
    return rng.choice([misspelt, own + own, own.upper(), *others])


def buried(value: Any, rng: random.Random) -> Any:
    """Return a value some levels down."""
    for _ in range(rng.choice([1, 1, 3, 60])):
        value = [value] if rng.random() < 0.5 else {rng.choice(TEXTS): value}
    return value


def ways(value: Any, way: Way = ()) -> Any:
    """Yield the way to every place of a value."""
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from ways(inner, (*way, key))


def at(value: Any, way: Way) -> Any:
    """Return what is at a place."""
    for key in way:
        value = value[key]
    return value


def put(value: Any, way: Way, new: Any) -> Any:
    """Return a copy with another value at a place."""
    if not way:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    inner = copy.get(way[0]) if isinstance(copy, dict) else copy[way[0]]
    copy[way[0]] = put(inner, way[1:], new)
    return copy


def removed(value: Any, way: Way) -> Any:
    """Return a copy without a place."""
    if not way:
        return None
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(way) == 1:
        del copy[way[0]]
    else:
        copy[way[0]] = removed(copy[way[0]], way[1:])
    return copy
