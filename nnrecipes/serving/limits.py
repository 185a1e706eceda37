"""What one client may ask of a server: sizes, times and how many at once."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Args:
        body: Bytes of a request's body.
        rows: Rows a request.
        concurrency: Requests that are worked on at once; more are told to come back.
        connections: Open connections; above it the one that has been silent longest is closed.
        patience: Seconds for the head of a request, for its body, and for a client to take its answer.
        grace: Seconds that a stopping server gives to requests that have begun.
    """

    body: int = 8 * MEGABYTE
    rows: int = 10_000
    concurrency: int = 128
    connections: int = 1_024
    patience: float = 10.0
    grace: float = 30.0

    @property
    def buffered(self) -> int:
        """Bytes that the bodies of all requests may hold at once: 16 full ones."""
        return 16 * self.body
