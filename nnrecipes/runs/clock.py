"""How long a run takes: seconds on the wall and of the processor, with the epochs before it was resumed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Clock:
    """When something began, in seconds of the wall and of the processor."""

    wall: float
    cpu: float

    @classmethod
    def start(cls) -> "Clock":
        """A clock that begins now."""
        return cls(time.monotonic(), time.process_time())

    def times(self, state: Mapping[str, Any] | None) -> dict[str, Any]:
        """When it ended and how long it took, with the epochs that were completed before it was resumed."""
        earlier = state or {"seconds": 0.0, "cpu_seconds": 0.0}
        return {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(earlier["seconds"] + time.monotonic() - self.wall, 3),
            "cpu_seconds": round(earlier["cpu_seconds"] + time.process_time() - self.cpu, 3),
        }
