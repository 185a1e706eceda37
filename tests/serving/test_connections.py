"""Silent connections are closed, and make room for others where there are too many."""

import asyncio
import contextlib
import time
from typing import Any

import uvicorn

from nnrecipes.serving.connections import patient
from nnrecipes.serving.limits import Limits

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/wait":
        await asyncio.sleep(1.5)
    if scope["path"] == "/endless":
        await endless(send)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


ended: list[float] = []


async def endless(send: Any) -> None:
    """Send until the connection is gone."""
    begun = time.monotonic()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(2_000):
        await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
        if time.monotonic() - begun > 10:
            break
    ended.append(time.monotonic() - begun)


def served(limits: Limits, client: Any) -> None:
    async def main() -> None:
        config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off", ws="none")
        config.load()
        config.http_protocol_class = patient(config.http_protocol_class, limits)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        await client(server.servers[0].sockets[0].getsockname()[1])
        server.should_exit = True
        await task

    asyncio.run(main())


async def ask(port: int, path: bytes = b"/") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK.replace(b"GET /", b"GET " + path))
    found = await reader.read(1000)
    writer.close()
    return found


def test_silent_connections_do_not_keep_others_out() -> None:
    async def client(port: int) -> None:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        for _ in range(20):
            assert (await ask(port)).startswith(b"HTTP/1.1 200")
        for _, writer in silent:
            writer.close()

    served(Limits(connections=4, patience=60), client)


def test_where_all_are_at_work_a_new_connection_is_told_to_come_back() -> None:
    async def client(port: int) -> None:
        working = [asyncio.create_task(ask(port, b"/wait")) for _ in range(4)]
        await asyncio.sleep(0.4)
        assert (await ask(port)).startswith(b"HTTP/1.1 503")
        assert all(found.startswith(b"HTTP/1.1 200") for found in await asyncio.gather(*working))
        assert (await ask(port)).startswith(b"HTTP/1.1 200")

    served(Limits(connections=4, patience=60), client)


def test_a_head_that_drips_is_cut_off_and_a_quiet_connection_that_asked_before_is_kept() -> None:
    async def client(port: int) -> None:
        kept_reader, kept = await asyncio.open_connection("127.0.0.1", port)
        kept.write(ASK)
        assert (await kept_reader.read(1000)).startswith(b"HTTP/1.1 200")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            for byte in ASK[:8]:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.1)
            assert await reader.read(100) == b""
        writer.transport.abort()
        kept.write(ASK)
        assert (await kept_reader.read(1000)).startswith(b"HTTP/1.1 200")
        kept.close()

    served(Limits(patience=0.5), client)


def test_a_client_that_does_not_read_its_answer_is_cut_off() -> None:
    async def client(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(ASK.replace(b"GET /", b"GET /endless"))
        await asyncio.sleep(2)
        writer.transport.abort()
        assert ended
        assert ended[0] < 1.9

    served(Limits(patience=0.5), client)
