"""Whenever a command is killed nothing is lost, nothing half-done is believed, and nothing is left after the next one.

A few kills of some commands here; a thousand, of all, with ``pytest -m long tests/kills`` (an hour or so), of which
``NEUROSIM_KILLS=100`` makes a hundred.
"""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import os
import random
import shutil
import threading
import time
from contextlib import contextmanager

import pytest

from tests.kills.victims import SIGNALS, VICTIMS, write_inputs

FEW = {"run": 3, "sweep": 3, "get": 10}
MANY = int(os.environ.get("NEUROSIM_KILLS", "1000"))
ROUND = 8
"""After so many kills a command comes to its end, and what is left behind is looked for."""
PUBLISHED = random.Random(1).randbytes(1 << 21)


class Slowly(http.server.BaseHTTPRequestHandler):
    """Sends the published file in pieces, so that there is time to be killed in between."""

    def do_GET(self):
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start >= len(PUBLISHED):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(PUBLISHED) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(PUBLISHED) - 1}/{len(PUBLISHED)}")
        self.end_headers()
        try:
            for piece in range(start, len(PUBLISHED), 1 << 17):
                self.wfile.write(PUBLISHED[piece : min(piece + (1 << 17), len(PUBLISHED))])
                time.sleep(0.02)
        except OSError:
            pass  # the command was killed

    def log_message(self, *_):
        pass


@contextmanager
def published():
    """A server with the file; gives what the command is told of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slowly)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    digest = hashlib.md5(PUBLISHED).hexdigest()
    try:
        yield f"http://127.0.0.1:{server.server_port} {digest} {len(PUBLISHED)}"
    finally:
        server.shutdown()
        server.server_close()


def kill(name, folder, kills, seed):
    """Kill a command time and again, at moments of all its life, and return what went wrong, each with its moment."""
    draw, wrong = random.Random(seed), []
    with published() as address:
        write_inputs(folder)
        (folder / "served").write_text(address)
        victim = VICTIMS[name](folder)
        victim.prepare()
        for number in range(kills):
            begin_anew(name, folder, draw)
            chosen, after_s = draw.choice(SIGNALS), draw.uniform(0, 1.1 * victim.seconds)
            if problem := victim.kill(chosen, after_s):
                wrong.append(f"{chosen.name} after {after_s:.3f} s: {problem}")
            if number % ROUND == ROUND - 1 or number == kills - 1:
                victim.finish(victim.arguments)
                wrong += [f"left behind: {path}" for path in victim.left_behind()]
    return wrong


def begin_anew(name, folder, draw):
    """Take away, now and then, what would make the command end at once because all is done already."""
    if name == "sweep":
        for run in sorted((folder / "reports").glob("small-*"))[: draw.randrange(4)]:
            shutil.rmtree(run)
    if name == "train" and (folder / "learnt/card.json").exists():
        (folder / "learnt/card.json").unlink()
        (folder / "learnt/checkpoint.pt").unlink()
    if name == "get":
        (folder / "sets/mnist/file.bin").unlink(missing_ok=True)


@pytest.mark.parametrize(("name", "kills"), FEW.items())
def test_a_few_kills(name, kills, tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    assert kill(name, tmp_path, kills, seed=len(name)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", list(VICTIMS))
def test_a_thousand_kills(name, tmp_path, monkeypatch):
    if name == "train" and any(importlib.util.find_spec(package) is None for package in ("torch", "sklearn")):
        pytest.skip("PyTorch and scikit-learn, which the extra 'train' has, are not installed")
    monkeypatch.setenv("no_proxy", "*")
    assert kill(name, tmp_path, -(-MANY // len(VICTIMS)), seed=sum(map(ord, name))) == []
