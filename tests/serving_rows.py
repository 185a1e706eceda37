"""What the tests of the server share: a row, a server in a process of its own, and hostile bodies."""

import asyncio
import base64
import io
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

IRIS = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4}


class Client:
    """Requests to an app in this process, one after the other, each in an event loop of its own."""

    def __init__(self, app: Any, **headers: str) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server", headers=headers)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self.http.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


@contextmanager
def serving(run: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[tuple[Any, str]]:
    """A server in a process of its own: the process and its URL; it is stopped at the end."""
    words = [sys.executable, "-m", "nnrecipes", "serve", str(run), "--port", "0", "--json", *options]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
    )
    try:
        if not select.select([process.stdout], [], [], 120)[0]:
            raise AssertionError("no start line within two minutes")
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield process, json.loads(line)["url"]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def picture(size: tuple[int, int] = (8, 8)) -> bytes:
    """A small PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).save(buffer, "PNG")
    return buffer.getvalue()


def hostile_bodies(row: Mapping[str, Any], count: int, seed: int = 0) -> Iterator[bytes]:
    """Bodies around a good row that no server likes, none of them like another."""
    random_ = random.Random(seed)
    for place in range(count):
        yield MAKERS[place % len(MAKERS)](dict(row), random_)


def _value(row: dict[str, Any], r: random.Random) -> bytes:
    deep: Any = r.random()
    for _ in range(r.randrange(1, 60)):
        deep = [deep] if r.random() < 0.5 else {"a": deep}
    values = [None, True, False, "", " ", "NaN", "x" * r.randrange(5_000), [], {}, [None], deep, -0.0, 1e308, -1e308, 5e-324,
              2**63, -(2**64), 10 ** r.randrange(1, 4_000), "\u0000", "\u202e\u0661", "٣", "1e5", "0x10", "'; DROP TABLE--",
              "../../etc/passwd", "/etc/passwd", "data:image/png;base64,AAAA", "${7*7}", "{{7*7}}", "\ud7ff\ue000"]  # fmt: skip
    row[r.choice([*row, "other"])] = r.choice(values)
    return json.dumps(row).encode()


def _surrogate(row: dict[str, Any], r: random.Random) -> bytes:
    row[r.choice(list(row))] = "a" + chr(r.randrange(0xD800, 0xE000))
    return json.dumps(row).encode()


def _key(row: dict[str, Any], r: random.Random) -> bytes:
    name = r.choice(list(row))
    value = row.pop(name)
    row[r.choice([name[:-1], name.upper(), name + "\u0000", "\ud800", "", "__proto__", name * 200, "a" * 9_999])] = (
        value
    )
    return json.dumps(row).encode()


def _constant(row: dict[str, Any], r: random.Random) -> bytes:
    name = r.choice(list(row))
    word = r.choice(
        ["NaN", "Infinity", "-Infinity", "nan", "1e999", "-1e999", "01", "+1", ".5", "1.", "0x1", "1_0", "undefined"]
    )
    return json.dumps({**row, name: "@"}).replace('"@"', word).encode()


def _deep(row: dict[str, Any], r: random.Random) -> bytes:
    levels = r.randrange(500, 60_000)
    return r.choice([b"[" * levels + b"]" * levels, b'{"a":' * levels + b"1" + b"}" * levels, b"[" * levels])


def _twice(row: dict[str, Any], r: random.Random) -> bytes:
    name = r.choice(list(row))
    return (json.dumps(row)[:-1] + f', "{name}": {r.random()}' * r.randrange(1, 50) + "}").encode()


def _integer(row: dict[str, Any], r: random.Random) -> bytes:
    name = r.choice(list(row))
    return json.dumps({**row, name: "@"}).replace('"@"', "-9"[r.randrange(2) :] + "7" * r.randrange(1, 20_000)).encode()


def _encoding(row: dict[str, Any], r: random.Random) -> bytes:
    text = json.dumps({**row, "town": "Zürich"}, ensure_ascii=False)
    return text.encode(r.choice(["utf-16", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-8-sig", "utf-7"]))


def _bytes(row: dict[str, Any], r: random.Random) -> bytes:
    return r.randbytes(r.randrange(0, 3_000))


def _cut(row: dict[str, Any], r: random.Random) -> bytes:
    text = json.dumps([row] * r.randrange(1, 40)).encode()
    return text[: r.randrange(len(text))]


def _flipped(row: dict[str, Any], r: random.Random) -> bytes:
    text = bytearray(json.dumps(row).encode())
    for _ in range(r.randrange(1, 6)):
        text[r.randrange(len(text))] ^= 1 << r.randrange(8)
    return bytes(text)


def _shape(row: dict[str, Any], r: random.Random) -> bytes:
    shapes = [[], {}, None, 7, "row", True, [[]], [[row]], [row, None], [row, 7], {"rows": [row]}, [{}] * 50, [row] * r.randrange(2, 400),
              {name: [value] for name, value in row.items()}]  # fmt: skip
    return json.dumps(r.choice(shapes)).encode()


def _picture(row: dict[str, Any], r: random.Random) -> bytes:
    whole = picture()
    bomb = b"P6 60000 60000 255\n" + b"a" * 99
    wrong = [
        whole[: r.randrange(len(whole))],
        whole[:20] + r.randbytes(30),
        bomb,
        b"GIF89a" + r.randbytes(40),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ]
    row[r.choice(list(row))] = base64.b64encode(r.choice(wrong)).decode() + r.choice(["", "=", "é", "\n"])
    return json.dumps(row).encode()


MAKERS = (
    _value,
    _surrogate,
    _key,
    _constant,
    _deep,
    _twice,
    _integer,
    _encoding,
    _bytes,
    _cut,
    _flipped,
    _shape,
    _picture,
)
