"""Micro-batches: who is answered together, in which order, and whose fault is whose."""

import asyncio
import threading
from typing import Any

import pytest

from nnrecipes.serving.predictors import MicroBatches
from nnrecipes.serving.rows import Rows


class Doubling:
    """Answers with twice the number, remembers its batches, and cannot stand -13."""

    backend = "doubling"

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.threads: set[int] = set()

    def predict_rows(self, rows: Any) -> list[dict[str, Any]]:
        self.threads.add(threading.get_ident())
        if {"x": -13.0} in rows:
            raise ValueError("-13")
        self.batches.append(len(rows))
        return [{"y": 2 * row["x"]} for row in rows]


def rows(*values: float) -> Rows:
    return Rows([{"x": value} for value in values])


def test_requests_that_arrive_together_are_one_batch_and_each_gets_its_own_rows() -> None:
    async def main() -> None:
        engine = Doubling()
        batches = MicroBatches(engine)
        found = await asyncio.gather(*(batches.answer(rows(n, n + 0.5)) for n in range(100)))
        assert found == [[{"y": 2.0 * n}, {"y": 2.0 * n + 1}] for n in range(100)]
        assert engine.batches == [200]
        assert engine.threads.isdisjoint({threading.get_ident()})
        await batches.close()

    asyncio.run(main())


def test_a_batch_has_at_most_as_many_rows_as_told() -> None:
    async def main() -> None:
        engine, sizes = Doubling(), []
        batches = MicroBatches(engine, most=8, observe=sizes.append)
        await asyncio.gather(batches.answer(rows(*range(20))), *(batches.answer(rows(1, 2, 3)) for _ in range(4)))
        assert engine.batches == [20, 6, 6] == sizes
        await batches.close()

    asyncio.run(main())


def test_the_fault_of_one_request_is_not_that_of_its_neighbours() -> None:
    async def main() -> None:
        batches = MicroBatches(Doubling())
        good, bad, other = await asyncio.gather(
            batches.answer(rows(1)), batches.answer(rows(-13)), batches.answer(rows(2)), return_exceptions=True
        )
        assert (good, other) == ([{"y": 2}], [{"y": 4}])
        assert isinstance(bad, ValueError)
        await batches.close()

    asyncio.run(main())


def test_a_client_that_left_does_not_stop_the_others() -> None:
    async def main() -> None:
        batches = MicroBatches(Doubling())
        gone = asyncio.create_task(batches.answer(rows(1)))
        await asyncio.sleep(0)
        gone.cancel()
        assert await batches.answer(rows(4)) == [{"y": 8}]
        with pytest.raises(asyncio.CancelledError):
            await gone
        await batches.close()

    asyncio.run(main())
