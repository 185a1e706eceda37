"""How requests reach what answers rows: at once, or in micro-batches where every call of it costs much."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from nnrecipes.serving.rows import Rows

Values = Sequence[Mapping[str, Any]]
Answers = list[dict[str, Any]]
FEW = 64
"""Rows that are answered and written in the event loop; more would keep others waiting."""


class Predictor(Protocol):
    """Rows to named answers, in their order; the names are those of :meth:`nnrecipes.inference.run.Run.predict`."""

    backend: str

    def predict_rows(self, rows: Values) -> Answers:
        """Answer rows; TensorFlow's is called from one thread at a time.

        Raises:
            DataError: Rows that the model cannot take.
        """
        ...


class Inline:
    """Answers at once where rows are few, in a thread where they are many; for an engine whose calls cost little.

    Args:
        predictor: The engine, which may run in several threads at once.
        observe: Told the rows of each request.
    """

    def __init__(self, predictor: Predictor, *, observe: Callable[[float], None] = lambda _: None) -> None:
        self.predictor, self.observe = predictor, observe

    async def answer(self, rows: Rows) -> Answers:
        """Answer the rows of one request."""
        self.observe(len(rows))
        if len(rows) <= FEW:
            return self.predictor.predict_rows(rows.values)
        return await asyncio.to_thread(self.predictor.predict_rows, rows.values)

    async def close(self) -> None:
        """Nothing is kept."""


class MicroBatches:
    """Rows of requests that arrive together are answered together, for an engine whose every call costs much.

    The first request waits ``wait`` seconds for others; while one batch is worked on the next one gathers.

    Args:
        predictor: The engine, called in one thread.
        wait: Seconds.
        most: Rows of a batch; a request with more is a batch of its own.
        observe: Told the rows of each batch.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        wait: float = 0.002,
        most: int = 1024,
        observe: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.predictor, self.wait, self.most, self.observe = predictor, wait, most, observe
        self._waiting: deque[tuple[Rows, asyncio.Future[Answers]]] = deque()
        self._thread = ThreadPoolExecutor(1, "predict")
        self._worker: asyncio.Task[None] | None = None

    async def answer(self, rows: Rows) -> Answers:
        """Answer the rows of one request, beside those of others."""
        future: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def close(self) -> None:
        """Wait for what is being answered."""
        if self._worker is not None:
            await self._worker
        self._thread.shutdown()

    async def _work(self) -> None:
        await asyncio.sleep(self.wait)
        while self._waiting:
            batch = [self._waiting.popleft()]
            count = len(batch[0][0])
            while self._waiting and count + len(self._waiting[0][0]) <= self.most:
                batch.append(self._waiting.popleft())
                count += len(batch[-1][0])
            self.observe(count)
            await self._answer(batch)

    async def _answer(self, batch: list[tuple[Rows, asyncio.Future[Answers]]]) -> None:
        """Answer a batch; where it fails, each request of it by itself, so that one's fault is not another's."""
        values = [row for rows, _ in batch for row in rows.values]
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._thread, self.predictor.predict_rows, values)
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][1], error=error)
                return
            for one in batch:
                await self._answer([one])
            return
        start = 0
        for rows, future in batch:
            _settle(future, answers[start : start + len(rows)])
            start += len(rows)


def _settle(future: "asyncio.Future[Answers]", answers: Answers | None = None, error: Exception | None = None) -> None:
    """Hand a result to whoever still waits for it."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(answers or [])
