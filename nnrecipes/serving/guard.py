"""Before the app: who may ask, how much and how long; behind it: what leaves when something breaks.

A body is read whole, within its limits, before the app sees the request, so that a slow or endless one costs a buffer
and nothing else. Every answer has an id; an exception is logged with it, and only the id leaves.
"""

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from nnrecipes.serving.limits import Limits
from nnrecipes.serving.metrics import Metrics
from nnrecipes.serving.problem import MEDIA_TYPE, RefusedError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
OPEN = frozenset({"/", "/health", "/ready", "/favicon.ico"})
"""What is answered without the token: the page has no data of the run, and probes carry no secrets."""
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
          "form-action 'none'; base-uri 'none'; frame-ancestors 'none'")  # fmt: skip
SAFE = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
log = logging.getLogger("nnrecipes.serving")


class Guard:
    """An ASGI app around an ASGI app.

    Args:
        app: Answers the requests that come through.
        limits: What one client may ask.
        metrics: Counts every request.
        token: What ``Authorization: Bearer`` must say; nothing lets everybody in.
    """

    def __init__(self, app: App, limits: Limits, metrics: Metrics, token: str = "") -> None:
        self.app, self.limits, self.metrics = app, limits, metrics
        self._token = b"Bearer " + token.encode("utf-8") if token else b""
        self.in_flight = 0
        self.stopping = False
        self._buffered = 0

    @property
    def busy(self) -> bool:
        """Whether no more requests are taken."""
        return self.in_flight >= self.limits.concurrency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        answer = _Answer(send)
        self.in_flight += 1
        self.metrics.in_flight.inc()
        try:
            await self._admit(scope, receive, answer)
        except RefusedError as refused:
            await answer.refuse(refused)
        except ConnectionError:
            answer.status = 499
        except Exception:
            log.exception("request %s: %s %s failed", answer.id, scope["method"], ascii(scope["path"]))
            await answer.refuse(RefusedError(500, "The server made a mistake; its log has the reason, under this id."))
        finally:
            self.in_flight -= 1
            self.metrics.in_flight.dec()
            self.metrics.answered(scope["method"], scope["path"], answer.status, time.perf_counter() - begun)

    async def _admit(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        headers = dict(scope["headers"])
        path = scope["path"]
        if self._token and path not in OPEN and not path.startswith("/page/"):
            self._check_token(headers.get(b"authorization", b""))
        if scope["method"] != "POST":
            await self.app(scope, receive, answer.send)
            return
        if self.in_flight > self.limits.concurrency:
            raise RefusedError(503, f"Expected at most {self.limits.concurrency} requests at once. Received: one more.",
                          headers={"retry-after": "1"})  # fmt: skip
        received = headers.get(b"content-type", b"")
        if received.partition(b";")[0].strip().lower() != b"application/json":
            raise RefusedError(
                415, f"Expected Content-Type: application/json. Received: {received.decode('latin-1')!a}."
            )
        body = await self._read(headers, receive)
        try:
            await self.app(scope, _replay(body, receive), answer.send)
        finally:
            self._buffered -= len(body)

    def _check_token(self, received: bytes) -> None:
        if not hmac.compare_digest(received, self._token):
            expected = "the server's token, as Authorization: Bearer TOKEN"
            found = "another one" if received else "none"
            raise RefusedError(401, f"Expected {expected}. Received: {found}.", headers={"www-authenticate": "Bearer"})

    async def _read(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """The whole body, counted in ``_buffered``."""
        limit = self.limits.body
        told = headers.get(b"content-length", b"0")
        if told.isdigit() and (len(told) > 18 or int(told) > limit):
            raise self._too_large(told[:20].decode())
        message = await receive()  # there at once, or the connection's patience ends
        if not message.get("more_body", False) and len(message.get("body", b"")) <= limit:
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            body: bytes = message.get("body", b"")
            self._buffered += len(body)
            return body
        parts = bytearray()
        try:
            async with asyncio.timeout(self.limits.patience):
                while True:
                    self._take(message, parts)
                    if not message.get("more_body", False):
                        return bytes(parts)
                    message = await receive()
        except TimeoutError:
            self._buffered -= len(parts)
            expected = f"the whole body within {self.limits.patience:g} seconds"
            raise RefusedError(408, f"Expected {expected}. Received: {len(parts):,} bytes.",
                               headers={"connection": "close"}) from None  # fmt: skip
        except BaseException:
            self._buffered -= len(parts)
            raise

    def _take(self, message: Message, parts: bytearray) -> None:
        """Add a part of a body, within the limits."""
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        part = message.get("body", b"")
        parts += part
        self._buffered += len(part)
        if len(parts) > self.limits.body:
            raise self._too_large("more")
        if self._buffered > self.limits.buffered:
            raise RefusedError(503, "The server holds as many bodies as it can.", headers={"retry-after": "1"})

    def _too_large(self, received: str) -> RefusedError:
        return RefusedError(413, f"Expected a body of at most {self.limits.body:,} bytes. Received: {received}.",
                       headers={"connection": "close"})  # fmt: skip


class _Answer:
    """The way out: adds headers and remembers the status."""

    def __init__(self, send: Send) -> None:
        self.id = secrets.token_hex(8)
        self.status = 500
        self._begun = False
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass a message of the app on."""
        if message["type"] == "http.response.start":
            self._begun = True
            self.status = message["status"]
            own = {name for name, _ in message["headers"]}
            safe = [pair for pair in SAFE if pair[0] not in own]
            message["headers"] = [*message["headers"], *safe, (b"x-request-id", self.id.encode())]
        await self._send(message)

    async def refuse(self, refused: RefusedError) -> None:
        """Say why a request gets no answer; nothing where one has begun, which the server then cuts off."""
        if self._begun:
            raise ConnectionAbortedError("an answer broke off") from None
        body = refused.body(self.id)
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode()),
                   *((name.encode(), value.encode()) for name, value in refused.headers.items())]  # fmt: skip
        await self.send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body once, and then whatever comes."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
