"""uvicorn's HTTP protocol, with an end to its patience and to the number of connections.

uvicorn waits for ever for the head of a request, and for a client that does not read its answer. Here such a connection
is closed after a while; where there are too many, the one that has waited longest makes room, so that silent clients
cannot keep others out.
"""

import asyncio
from typing import Any

from nnrecipes.serving.limits import Limits

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"


def patient(base: type[Any], limits: Limits) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol ``base`` within ``limits``."""
    idle: dict[Any, None] = {}  # in the order in which they fell silent
    every: set[Any] = set()

    class Patient(base):  # type: ignore[misc]
        _deadline: asyncio.TimerHandle | None = None
        _unread: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            if len(every) >= limits.connections and not _make_room(idle):
                transport.write(REFUSAL)
                transport.close()
                self._refused = True
                return
            self._refused = False
            every.add(self)
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            if self._refused:
                return
            super().data_received(data)
            cycle = self.cycle
            if cycle is not None and not cycle.response_complete:
                self._work()
                if cycle.more_body:  # the app says 408 before this; it does not begin without a byte of the body
                    self._deadline = self.loop.call_later(2 * limits.patience, self.transport.abort)
            elif self._deadline is None:
                self._wait()

        def on_response_complete(self) -> None:
            super().on_response_complete()  # which waits for the next request as long as uvicorn is told to
            if self in every:
                idle[self] = None

        def pause_writing(self) -> None:
            super().pause_writing()
            self._unread = self.loop.call_later(limits.patience, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._unread is not None:
                self._unread.cancel()

        def connection_lost(self, exc: Exception | None) -> None:
            if not self._refused:
                every.discard(self)
                self._work()
                if self._unread is not None:
                    self._unread.cancel()
                super().connection_lost(exc)

        def _work(self) -> None:
            idle.pop(self, None)
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _wait(self) -> None:
            idle[self] = None
            self._deadline = self.loop.call_later(limits.patience, self.transport.abort)

    return Patient


def _make_room(idle: dict[Any, None]) -> bool:
    """Close the connection that has been silent longest; False where all are at work."""
    if not idle:
        return False
    oldest = next(iter(idle))
    oldest._work()
    oldest.transport.abort()
    return True
