"""A served run -> the ASGI app: its routes, inside the guard.

| path | what |
|---|---|
| ``POST /predict`` | one row or many -> named answers |
| ``POST /recommend``, ``POST /similar``, ``GET /items`` | of a recommender's run |
| ``GET /schema`` | what a row holds |
| ``GET /health``, ``GET /ready`` | for whoever watches and whoever balances |
| ``GET /metrics`` | for Prometheus |
| ``GET /openapi.json`` | all of it, for programs |
| ``GET /`` | a form, for people |
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from nnrecipes import __version__
from nnrecipes.serving.guard import Guard
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.metrics import Metrics
from nnrecipes.serving.openapi import predict_operation, problem_responses, problem_schema
from nnrecipes.serving.page import add_page
from nnrecipes.serving.predict_routes import add_predict
from nnrecipes.serving.problem import FieldProblem, RefusedError, nearest, shown
from nnrecipes.serving.recommend_routes import add_recommend
from nnrecipes.serving.served import ServedRecommender, ServedRun

TEXT = {"description": "Counters", "content": {"text/plain": {"schema": {"type": "string"}}}}
TITLES = {404: "Expected a path of this server; /openapi.json names them. Received: another one.",
          405: "Expected another method for this path; the header Allow names it."}  # fmt: skip


def create_app(served: ServedRun | ServedRecommender, limits: Limits | None = None, *, token: str = "") -> Guard:
    """Return the app of one run.

    Args:
        served: The run and what answers for it.
        limits: What one client may ask.
        token: What clients must know; nothing lets everybody in.
    """
    limits = limits or Limits()
    fields = served.fields if isinstance(served, ServedRun) else ()
    metrics = Metrics(served.engine, {"run": served.run_id, "recipe": served.recipe}, fields)
    app = FastAPI(title=f"nnrecipes: {served.recipe}", version=__version__, docs_url=None, redoc_url=None,
                  summary=f"Answers of the run {served.run_id}")  # fmt: skip
    guard = Guard(app, limits, metrics, token)
    for kind in (Exception, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _to_guard)
    if isinstance(served, ServedRun):
        close = add_predict(app, served, limits, metrics)
        paths = {"/predict": {"post": predict_operation(served.fields, served.answers, limits)}}
    else:
        close, paths = add_recommend(app, served, metrics), {}
    _add_watching(app, served, guard)
    add_page(app)
    _lifespan(app, close)
    app.openapi = lambda: _document(app, token, paths)  # type: ignore[method-assign]
    return guard


def _add_watching(app: FastAPI, served: ServedRun | ServedRecommender, guard: Guard) -> None:
    begun = time.monotonic()

    @app.get("/schema", summary="What a row holds, and what comes back", responses=_responses(401))
    async def schema() -> JSONResponse:
        return JSONResponse(served.schema())

    @app.get("/health", summary="Whether the server lives, and what it serves")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "engine": served.engine, "run": served.run_id, "recipe": served.recipe,
                             "version": __version__, "uptime_seconds": round(time.monotonic() - begun, 1),
                             "in_flight": guard.in_flight - 1})  # fmt: skip

    @app.get("/ready", summary="Whether the server takes requests", responses=_responses(503))
    async def ready() -> JSONResponse:
        if guard.stopping or guard.busy:
            raise RefusedError(503, "The server is stopping." if guard.stopping else "The server is busy.")
        return JSONResponse({"ready": True})

    @app.get("/metrics", summary="Counters in Prometheus' text format", response_class=Response,
             responses={**_responses(401), 200: TEXT})  # fmt: skip
    async def counters() -> Response:
        return Response(guard.metrics.text(), media_type="text/plain; version=0.0.4")


def _lifespan(app: FastAPI, close: Callable[[], Any]) -> None:
    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield
        await close()

    app.router.lifespan_context = lifespan


def _document(app: FastAPI, token: str, paths: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI document, with plain routes, the problem's schema and, where there is a token, how to give it."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        document["paths"] |= paths
        parts = document.setdefault("components", {})
        schemas = parts.setdefault("schemas", {})
        schemas["Problem"] = problem_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for operations in document["paths"].values():
            for operation in operations.values():
                if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                    operation["responses"]["422"] = problem_responses([422])["422"]
        if token:
            parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"token": []}]
        app.openapi_schema = document
    return app.openapi_schema


def _responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {int(status): found for status, found in problem_responses(statuses).items()}


async def _to_guard(_: Request, error: Exception) -> Response:
    """Hand every error to the guard, which alone says what leaves."""
    if isinstance(error, HTTPException):
        raise RefusedError(error.status_code, TITLES.get(error.status_code, str(error.detail)),
                      headers=dict(error.headers or {})) from None  # fmt: skip
    if isinstance(error, RequestValidationError):
        raise RefusedError(422, "Values that do not fit.", [_problem(each) for each in error.errors()]) from None
    raise error


def _problem(error: Any) -> FieldProblem:
    where = [str(part) for part in error["loc"] if part not in ("body", "query")]
    field, known = ".".join(where), error.get("ctx", {}).get("known", [])
    received = "no such key" if error["type"] == "missing" else shown(error.get("input"))
    return FieldProblem(field, error["msg"].removeprefix("Value error, "), received, None, nearest(field, known))
