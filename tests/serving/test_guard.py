"""What stands before the app: sizes, times, numbers, the token, and what leaves when something breaks."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from serving_rows import IRIS, Client

from nnrecipes.serving.app import create_app
from nnrecipes.serving.guard import Guard
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.served import ServedRun

JSON = {"content-type": "application/json"}


def asked(guard: Guard) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://server")


def test_a_body_that_says_it_is_too_large_is_refused_unread(iris: ServedRun) -> None:
    async def main() -> None:
        read = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b" " * 1000

        async with asked(create_app(iris, Limits(body=10_000))) as client:
            told = await client.post("/predict", content=body(), headers={**JSON, "content-length": "999999999"})
            assert (told.status_code, read) == (413, 0)
            endless = await client.post("/predict", content=body(), headers=JSON)
            assert (endless.status_code, read) == (413, 11)
            assert "at most 10,000 bytes" in endless.json()["title"]

    asyncio.run(main())


def test_a_slow_body_ends_with_patience(iris: ServedRun) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    async def main() -> None:
        guard = create_app(iris, Limits(patience=0.2))
        async with asked(guard) as client:
            slow, quick = await asyncio.gather(client.post("/predict", content=drip(), headers=JSON),
                                               client.post("/predict", json=IRIS))  # fmt: skip
        assert (slow.status_code, quick.status_code) == (408, 200)
        assert (guard.in_flight, guard._buffered) == (0, 0)

    asyncio.run(main())


def test_more_requests_at_once_are_told_to_come_back(iris: ServedRun) -> None:
    async def main() -> None:
        waiting = asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            await waiting.wait()
            yield b"{}"

        guard = create_app(iris, Limits(concurrency=2))
        async with asked(guard) as client:
            two = [asyncio.create_task(client.post("/predict", content=held(), headers=JSON)) for _ in range(2)]
            while guard.in_flight < 2:
                await asyncio.sleep(0.01)
            third = await client.post("/predict", json=IRIS)
            assert (third.status_code, third.headers["retry-after"]) == (503, "1")
            assert (await client.get("/health")).status_code == 200
            assert (await client.get("/ready")).status_code == 503
            waiting.set()
            assert [response.status_code for response in await asyncio.gather(*two)] == [422, 422]
            assert (await client.post("/predict", json=IRIS)).status_code == 200

    asyncio.run(main())


def test_bodies_together_have_a_limit_too(iris: ServedRun) -> None:
    async def main() -> None:
        waiting = asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            yield b" " * 1000
            await waiting.wait()

        guard = create_app(iris, Limits(body=1000))
        async with asked(guard) as client:
            many = [asyncio.create_task(client.post("/predict", content=held(), headers=JSON)) for _ in range(16)]
            while guard._buffered < 16_000:
                await asyncio.sleep(0.01)
            assert (await client.post("/predict", json=IRIS)).status_code == 503
            waiting.set()
            await asyncio.gather(*many)
            assert guard._buffered == 0
            assert (await client.post("/predict", json=IRIS)).status_code == 200

    asyncio.run(main())


@pytest.mark.parametrize(
    "received", [None, "Bearer wrong", "Bearer ", "secret-word-of-16", "Basic c2VjcmV0", "Bearer é"]
)
def test_without_the_token_nothing_of_the_run_is_told(iris: ServedRun, received: str | None) -> None:
    client = Client(create_app(iris, token="secret-word-of-16"))
    headers = {} if received is None else {"authorization": received.encode("utf-8")}
    for method, path in (("GET", "/schema"), ("POST", "/predict"), ("GET", "/metrics"), ("GET", "/openapi.json")):
        response = client.request(method, path, headers=headers)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
        assert "sepal" not in response.text
    assert [client.get(path).status_code for path in ("/", "/page/page.js", "/health", "/ready")] == [200] * 4


def test_with_the_token_all_is_answered(iris: ServedRun) -> None:
    client = Client(create_app(iris, token="secret-word-of-16"), authorization="Bearer secret-word-of-16")
    assert client.post("/predict", json=IRIS).status_code == 200
    assert client.get("/openapi.json").json()["security"] == [{"token": []}]


class Broken:
    """An engine with a fault of its own."""

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def predict_rows(self, rows: object) -> list[dict[str, object]]:
        raise ZeroDivisionError("the password is swordfish")


@pytest.mark.parametrize("engine", ["onnxruntime", "tensorflow"])
def test_the_trace_stays_in_the_log_under_the_id_that_leaves(
    iris: ServedRun, caplog: pytest.LogCaptureFixture, engine: str
) -> None:
    client = Client(create_app(ServedRun("id", "recipe", Broken(engine), iris.fields, iris.answers)))
    with caplog.at_level(logging.ERROR):
        response = client.post("/predict", json=IRIS)
    assert response.status_code == 500
    assert not any(word in response.text for word in ("swordfish", "Traceback", "ZeroDivision", ".py"))
    (record,) = caplog.records
    assert response.json()["id"] == response.headers["x-request-id"]
    assert response.json()["id"] in record.getMessage()
    assert "swordfish" in str(record.exc_info)
    assert client.get("/health").status_code == 200


def test_every_answer_forbids_scripts_of_others(client: Client) -> None:
    for response in (client.get("/"), client.get("/nowhere"), client.post("/predict", json=IRIS)):
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
