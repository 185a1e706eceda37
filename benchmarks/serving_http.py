"""HTTP servers under load from another process: ours beside the usual one, and ours for long.

    python benchmarks/serving_http.py [--json FILE] [--only server,soak] [--minutes 10]

``server``: one row a request, 32 connections, in turns. ``soak``: full load for minutes, with 5 % malformed requests.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from rows import Row, arguments, finish

import nnrecipes as nn

HERE = Path(__file__).parent
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4}
PEER = "FastAPI with Model.predict"
CONCURRENCY = 32


def server(rounds: int = 3, seconds: float = 5.0) -> list[Row]:
    """Requests a second with one row each, ours against the peer's in turns, and our memory behind the load."""
    run = nn.load_zoo("iris_multi_output").path
    ours, theirs, late = [], [], []
    with _ours(run) as (our, our_url, engine), _started([str(HERE / "serving_peer.py"), str(run)]) as (_, their_url):
        load(our_url, seconds=1)
        load(their_url, seconds=2)
        for _ in range(rounds):
            for url, found in ((our_url, ours), (their_url, theirs)):
                told = load(url, seconds=seconds)
                if told["failed"] or told["lost"]:
                    raise RuntimeError(f"{url}: {told}")
                found.append(told["per_second"])
                if url == our_url:
                    late.append(told["p99_ms"])
        memory = resident(our.pid)
    print(f"server: {engine}, {median(ours):,.0f} requests/s; {PEER}: {median(theirs):,.1f}; load {_load()}")
    return [
        Row("server", "requests_ratio", median(ours) / median(theirs), None, rounds, PEER),
        Row("server", "requests_per_second", median(ours), None, rounds),
        Row("server", "requests_per_second_of_the_peer", median(theirs), None, rounds, PEER),
        Row("server", "p99_ms", median(late), None, rounds),
        Row("server", "rss_mb", memory, None, 1),
    ]


def soak(minutes: float) -> list[Row]:
    """Full load with 5 % malformed requests: good ones that failed, and how the memory goes.

    Growth is the median of the last fifth of the samples over that of the second fifth: the first one warms up.
    """
    run = nn.load_zoo("iris_multi_output").path
    with _ours(run) as (process, url, engine), sampled(process.pid, every=minutes) as memory:
        told = load(url, seconds=60 * minutes, bad=True)
    fifth = len(memory) // 5
    early, late = median(memory[fifth : 2 * fifth]), median(memory[-fifth:])
    print(f"soak: {engine}, {told['requests']:,} requests, {told['statuses']}, MB, some sixty samples: "
          f"{' '.join(f'{each:.0f}' for each in memory)}")  # fmt: skip
    return [
        Row("soak", "failed_requests", told["failed"] + told["lost"], None, 1),
        Row("soak", "requests", told["requests"], None, 1),
        Row("soak", "rss_growth", late / early, None, 1),
        Row("soak", "rss_mb", max(memory), None, 1),
    ]


@contextmanager
def sampled(pid: int, every: float) -> Iterator[list[float]]:
    """Resident memory of a process, once in so many seconds until the block ends."""
    found: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(every):
            found.append(resident(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def load(url: str, *, seconds: float, bad: bool = False, concurrency: int = CONCURRENCY) -> dict[str, Any]:
    """What :mod:`serving_load` tells of one load."""
    with tempfile.TemporaryDirectory() as folder:
        good, wrong = Path(folder) / "good.json", Path(folder) / "bad.json"
        good.write_text(json.dumps(ROW))
        words = [sys.executable, str(HERE / "serving_load.py"), f"{url}/predict", "--body", str(good),
                 "--seconds", str(seconds), "--concurrency", str(concurrency)]  # fmt: skip
        if bad:
            wrong.write_text(json.dumps(malformed()))
            words += ["--bad", str(wrong)]
        found: dict[str, Any] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return found


def malformed(count: int = 200) -> list[str]:
    """Bodies that are no rows, as Latin-1 texts."""
    drawn = random.Random(0)
    text = json.dumps(ROW)
    values = ["NaN", '"x"', "null", "9" * 5_000, "1e999"]
    wrong = [*(text.replace("5.1", value) for value in values), text[:-1], text.replace("sepal_width", "sepal_widht"),
             "[" * 5_000, "[]", "[7]", '{"a": "\\ud800"}', json.dumps([ROW] * 12_000), "\xff\xfe" + text]  # fmt: skip
    noise = ["".join(chr(drawn.randrange(256)) for _ in range(drawn.randrange(1, 400))) for _ in range(count // 4)]
    return [drawn.choice(wrong if drawn.random() < 0.7 else noise) for _ in range(count)]


def resident(pid: int) -> float:
    """Resident memory of a process, MB of 10**6 bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024 / 1e6


@contextmanager
def _ours(run: Path) -> Iterator[tuple[Any, str, str]]:
    with _started(["-m", "nnrecipes", "serve", str(run), "--port", "0", "--json"]) as (process, line):
        about = json.loads(line)
        yield process, about["url"], about["engine"]


@contextmanager
def _started(words: list[str]) -> Iterator[tuple[Any, str]]:
    """A server's process and its first line."""
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{' '.join(words)}: no server")
        yield process, line
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0]


def main() -> None:
    """Run what is asked for."""
    asked = arguments(__doc__ or "", ("server", "soak"), minutes=10.0)
    works = {"server": server, "soak": lambda: soak(asked.minutes)}
    finish([row for name in asked.only for row in works[name]()], asked.json)


if __name__ == "__main__":
    main()
