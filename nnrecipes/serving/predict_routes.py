"""``POST /predict``: a body -> checked rows -> the engine -> JSON."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response

from nnrecipes.errors import DataError
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.metrics import Metrics
from nnrecipes.serving.openapi import as_problem
from nnrecipes.serving.predictors import FEW, Inline, MicroBatches
from nnrecipes.serving.problem import RefusedError
from nnrecipes.serving.rows import Rows, read_rows
from nnrecipes.serving.served import ServedRun

CHEAP = "onnxruntime"
"""The engine whose calls cost so little that requests need not share one."""
SMALL = 16 * 1024
"""Bytes of a body that is read in the event loop; a larger one would keep others waiting."""


def add_predict(app: FastAPI, served: ServedRun, limits: Limits, metrics: Metrics) -> Callable[[], Awaitable[None]]:
    """Add the route, and return what ends its engine.

    It is a plain route of Starlette's, a third faster than one of FastAPI's, which would only read the body again.
    """
    predictor = served.predictor
    engine: Inline | MicroBatches
    cheap = served.engine == CHEAP
    engine = (Inline if cheap else MicroBatches)(predictor, observe=metrics.batches.observe)
    reading = asyncio.Semaphore(1)

    def read(body: bytes) -> Rows:
        return read_rows(body, served.fields, most=limits.rows)

    async def predict(request: Request) -> Response:
        body = await request.body()
        if len(body) <= SMALL:
            rows = read(body)
        else:
            async with reading:
                rows = await asyncio.to_thread(read, body)
        metrics.saw(rows)
        try:
            answers = await engine.answer(rows)
        except DataError as error:
            raise RefusedError(
                422, "The model cannot take these rows.", [as_problem(line) for line in error.problems]
            ) from None
        if len(rows) <= FEW:
            return _response(answers[0] if rows.single else answers)
        return await asyncio.to_thread(_response, answers)

    app.add_route("/predict", predict, methods=["POST"])
    return engine.close


def _response(answers: Any) -> Response:
    return Response(json.dumps(answers, allow_nan=False), media_type="application/json")
