"""A bounded load on one path of a server on loopback, from a process of its own; prints what came back as JSON.

    python benchmarks/serving_load.py URL --body FILE [--bad FILE --bad-share .05] [--concurrency 32] [--seconds 5]

Every connection asks again as soon as it has its answer. Good bodies must get 200, bad ones a status from 400 to 499.
"""

import argparse
import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HEAD = b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Asking(asyncio.Protocol):
    """One connection: request, answer, request, ... until the time is up."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        load = self.load
        if time.perf_counter() >= load.until:
            self.transport.close()
            return
        self.bad = bool(load.bad) and load.random.random() < load.bad_share
        self.begun = time.perf_counter()
        self.transport.write(load.random.choice(load.bad) if self.bad else load.good)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        start = lower.index(b"content-length:") + 15
        end = lower.find(b"\r\n", start)
        if len(body) < int(lower[start : end if end > 0 else None]):
            return
        self.received = b""
        self.load.answered(int(head[9:12]), self.bad, time.perf_counter() - self.begun)
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if time.perf_counter() < self.load.until:
            self.load.lost += 1
        if not self.done.done():
            self.done.set_result(None)


class Load:
    """What is asked, and what came back."""

    def __init__(self, url: str, good: bytes, bad: list[bytes], bad_share: float) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        path, host = (parts.path or "/predict").encode(), parts.netloc.encode()
        self.good, *self.bad = (HEAD % (path, host, len(body)) + body for body in (good, *bad))
        self.bad_share, self.random = bad_share, random.Random(0)
        self.statuses: dict[str, int] = {}
        self.failed = self.lost = 0
        self.seconds: list[float] = []

    def answered(self, status: int, bad: bool, seconds: float) -> None:
        key = f"{'bad' if bad else 'good'} {status}"
        self.statuses[key] = self.statuses.get(key, 0) + 1
        self.failed += not 400 <= status < 500 if bad else status != 200
        if len(self.seconds) < 1_000_000:
            self.seconds.append(seconds)

    async def run(self, concurrency: int, seconds: float) -> None:
        self.until = time.perf_counter() + seconds
        loop = asyncio.get_running_loop()
        while (left := self.until - time.perf_counter()) > 0:  # a connection that a server closed is opened again
            opened = await asyncio.gather(*(loop.create_connection(lambda: Asking(self), self.host, self.port)
                                            for _ in range(concurrency)))  # fmt: skip
            await asyncio.wait({protocol.done for _, protocol in opened}, timeout=left + 60)

    def report(self, seconds: float) -> dict[str, Any]:
        times = sorted(self.seconds) or [float("nan")]
        return {"requests": sum(self.statuses.values()), "per_second": sum(self.statuses.values()) / seconds,
                "failed": self.failed, "lost": self.lost, "statuses": self.statuses,
                "p50_ms": 1e3 * times[len(times) // 2], "p99_ms": 1e3 * times[int(len(times) * 0.99)]}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--bad", type=Path, help="JSON: a list of bodies as Latin-1 texts")
    parser.add_argument("--bad-share", type=float, default=0.05)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args()
    bad = [text.encode("latin-1") for text in json.loads(asked.bad.read_text())] if asked.bad else []
    load = Load(asked.url, asked.body.read_bytes(), bad, asked.bad_share)
    begun = time.perf_counter()
    asyncio.run(load.run(asked.concurrency, asked.seconds))
    print(json.dumps(load.report(time.perf_counter() - begun)))


if __name__ == "__main__":
    main()
