"""What a server counts, for Prometheus."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from nnrecipes import __version__
from nnrecipes.inference.export.column import Column
from nnrecipes.serving.rows import Rows

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
PATHS = frozenset({"/", "/predict", "/recommend", "/similar", "/items", "/schema", "/health", "/ready", "/metrics",
                   "/openapi.json"})  # fmt: skip


class Metrics:
    """Counters of one server.

    Args:
        engine: What answers; a label of all that it answers.
        about: What is served, as labels of ``nnrecipes_served_info``.
        fields: The keys of a row.
    """

    def __init__(self, engine: str, about: Mapping[str, str], fields: Iterable[Column] = ()) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("nnrecipes_served", "What is served, and by what", registry=registry).info(
            {**about, "engine": engine, "version": __version__}
        )
        self._requests = Counter("nnrecipes_requests", "Requests that were answered",
                                 ("method", "path", "status", "engine"), registry=registry)  # fmt: skip
        self._seconds = Histogram("nnrecipes_request_seconds", "From a request's head to its answer",
                                  ("path", "engine"), buckets=SECONDS, registry=registry)  # fmt: skip
        rows = Counter("nnrecipes_rows", "Rows that were answered", ("engine",), registry=registry)
        batches = Histogram("nnrecipes_batch_rows", "Rows that the engine answered together", ("engine",),
                            buckets=ROWS, registry=registry)  # fmt: skip
        self._missing = Counter("nnrecipes_missing_values", "Missing values in rows", ("field",), registry=registry)
        self._unseen = Counter("nnrecipes_unseen_values", "Categories that training did not have", ("field",),
                               registry=registry)  # fmt: skip
        self._outside = Counter("nnrecipes_outside_values", "Numbers beyond those of training", ("field",),
                                registry=registry)  # fmt: skip
        self.in_flight = Gauge("nnrecipes_in_flight", "Requests that are worked on", registry=registry)
        self.rows, self.batches = rows.labels(engine), batches.labels(engine)
        self.engine = engine
        self._fields = [(field.name, frozenset(field.levels), field.range if field.exact else None,
                         self._missing.labels(field.name), self._unseen.labels(field.name),
                         self._outside.labels(field.name)) for field in fields]  # fmt: skip
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        found = self._children.get((method, path, status))
        if found is None:
            shown = path if path in PATHS else "/page" if path.startswith("/page/") else "other"
            verb = method if method in {"GET", "HEAD", "POST"} else "other"
            found = (self._requests.labels(verb, shown, status, self.engine), self._seconds.labels(shown, self.engine))
            if shown == path and verb == method:
                self._children[method, path, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def saw(self, rows: Rows) -> None:
        """Count rows, and what in them training did not have."""
        self.rows.inc(len(rows))
        for name, levels, limits, missing, unseen, outside in self._fields:
            values = [row[name] for row in rows.values if row[name] is not None]
            if len(values) < len(rows):
                missing.inc(len(rows) - len(values))
            if levels and (strange := sum(value not in levels for value in values)):
                unseen.inc(strange)
            if limits and (beyond := sum(not _within(value, limits) for value in values)):
                outside.inc(beyond)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


def _within(value: Any, limits: tuple[float, float]) -> bool:
    margin = 1e-6 * max(1.0, *map(abs, limits))
    return limits[0] - margin <= value <= limits[1] + margin or math.isnan(value)
