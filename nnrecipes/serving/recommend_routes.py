"""``/recommend``, ``/similar`` and ``/items`` of a recommender's run."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from starlette.responses import JSONResponse

from nnrecipes.errors import DataError, RunError
from nnrecipes.serving.metrics import Metrics
from nnrecipes.serving.openapi import as_problem, body_operation
from nnrecipes.serving.problem import RefusedError
from nnrecipes.serving.requests import Recommend, Similar, read_request
from nnrecipes.serving.served import ServedRecommender

ROWS = {"type": "array", "items": {"type": "object"}}
LISTED = {"type": "object", "required": ["items"], "properties": {"items": ROWS, "notices": {"type": "array"}}}
ALIKE = {"type": "object", "properties": {"items": ROWS, "users": ROWS, "notices": {"type": "array"}}}


def add_recommend(app: FastAPI, served: ServedRecommender, metrics: Metrics) -> Callable[[], Awaitable[None]]:
    """Add the routes, and return what ends their thread. One thread asks the run, which keeps notices of each call."""
    thread = ThreadPoolExecutor(1, "recommend")

    async def ask(verb: Callable[[Any], dict[str, Any]], asked: Any) -> JSONResponse:
        try:
            found = await asyncio.get_running_loop().run_in_executor(thread, verb, asked)
        except (DataError, RunError) as error:
            problem = as_problem(str(error))
            status = 404 if problem.expected.startswith("one of the ") else 422
            raise RefusedError(status, "The model cannot answer this.", [problem]) from None
        metrics.rows.inc()
        return JSONResponse(found)

    async def recommend(request: Request) -> JSONResponse:
        return await ask(served.recommend, read_request(await request.body(), Recommend))

    async def similar(request: Request) -> JSONResponse:
        return await ask(served.similar, read_request(await request.body(), Similar))

    async def items(
        q: Annotated[str, Query(max_length=200, description="Part of a title or id")] = "",
        limit: Annotated[int, Query(ge=1, le=100, description="How many")] = 20,
    ) -> JSONResponse:
        return JSONResponse({"items": await asyncio.to_thread(served.find_items, q, limit)})

    app.post("/recommend", summary="The best items for a user or a history",
             openapi_extra=body_operation(Recommend, LISTED))(recommend)  # fmt: skip
    app.post("/similar", summary="Items like an item, or users like a user or a history",
             openapi_extra=body_operation(Similar, ALIKE))(similar)  # fmt: skip
    app.get("/items", summary="Items by part of a title or id, the most popular first")(items)

    async def close() -> None:
        await asyncio.to_thread(thread.shutdown)

    return close
