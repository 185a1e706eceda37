"""``/predict``, ``/schema`` and the rest of a run with targets, over HTTP; the oracle is the run in Python."""

import asyncio
import json

import httpx
import numpy as np
import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving_rows import IRIS, Client

import nnrecipes as nn
from nnrecipes import __version__
from nnrecipes.data.synthetic import harbour_trips
from nnrecipes.inference.export.subject import TargetSubject
from nnrecipes.inference.serving_file import tensorflow_predictor
from nnrecipes.serving.app import create_app
from nnrecipes.serving.describe import answers_of, fields_of
from nnrecipes.serving.served import ServedRun


def errors(response):
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()["errors"]


def test_one_row_gives_one_answer_and_a_list_gives_a_list(client: Client, iris_run: nn.Run) -> None:
    expected = iris_run.predict(pd.DataFrame([IRIS])).to_dict("records")[0]
    one, many = client.post("/predict", json=IRIS), client.post("/predict", json=[IRIS])
    assert one.status_code == many.status_code == 200
    assert one.json() == many.json()[0]
    assert one.json()["species"] == expected["species"] == "setosa"
    assert list(one.json()) == list(expected)
    np.testing.assert_allclose(one.json()["petal_width"], expected["petal_width"], atol=1e-5)


def test_answers_stand_in_the_order_of_the_rows(trips_client: Client, trips_run: nn.Run) -> None:
    frame = harbour_trips(200, seed=9).drop(columns=["catch_kg", "gear"])
    frame.loc[3, "harbour"] = "Atlantis"
    rows = json.loads(frame.to_json(orient="records"))
    answered = trips_client.post("/predict", json=rows)
    assert answered.status_code == 200, answered.text
    found, expected = pd.DataFrame(answered.json()), trips_run.predict(frame)
    assert list(found) == list(expected)
    assert found["gear"].tolist() == expected["gear"].tolist()
    for name in expected.columns.drop("gear"):
        np.testing.assert_allclose(found[name].astype(float), expected[name], atol=1e-4, rtol=1e-5)


def test_requests_that_arrive_together_share_a_call_of_tensorflow(iris_run: nn.Run) -> None:
    predictor = tensorflow_predictor(TargetSubject(iris_run), iris_run.folder)
    served = ServedRun("id", "iris", predictor, fields_of(predictor.schema), answers_of(predictor.schema))
    assert served.engine == "tensorflow"
    guard = create_app(served)
    rows = [{**IRIS, "petal_length": 1 + n / 4} for n in range(24)]

    async def ask() -> list[dict[str, object]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://server") as client:
            return [
                answer.json() for answer in await asyncio.gather(*(client.post("/predict", json=row) for row in rows))
            ]

    found, expected = pd.DataFrame(asyncio.run(ask())), iris_run.predict(pd.DataFrame(rows))
    assert found["species"].tolist() == expected["species"].tolist()
    np.testing.assert_allclose(found["petal_width"], expected["petal_width"], atol=1e-5)
    told = counters(Client(guard))
    assert told["nnrecipes_batch_rows_sum", (("engine", "tensorflow"),)] == 24
    assert told["nnrecipes_batch_rows_count", (("engine", "tensorflow"),)] <= 3


def test_a_wrong_value_names_field_expected_and_received(client: Client) -> None:
    response = client.post("/predict", json=[IRIS, {**IRIS, "sepal_width": "wide"}])
    assert response.status_code == 422
    assert errors(response) == [{
        "row": 1, "field": "sepal_width", "expected": "a number", "received": "'wide'", "did_you_mean": None,
        "message": "row 1: sepal_width: expected a number. Received: 'wide'."}]  # fmt: skip


def test_a_misspelt_key_gets_the_nearest_name(client: Client) -> None:
    row = {name: value for name, value in IRIS.items() if name != "petal_length"} | {"petal_lenght": 1.4}
    (error,) = errors(client.post("/predict", json=row))
    assert (error["field"], error["did_you_mean"]) == ("petal_lenght", "petal_length")
    assert error["message"].endswith("Did you mean petal_length?")


@pytest.mark.parametrize("value", [None, "", True, [1], {"a": 1}, "1.5", 1e31, 10**400])
def test_what_is_no_number_is_refused(client: Client, value: object) -> None:
    response = client.post("/predict", json={**IRIS, "sepal_width": value})
    assert response.status_code == 422
    assert errors(response)[0]["field"] == "sepal_width"


def test_missing_values_and_unseen_categories_are_answered_and_counted(trips_client: Client) -> None:
    schema = {field["name"]: field for field in trips_client.get("/schema").json()["fields"]}
    row = dict.fromkeys(schema) | {"harbour": "Atlantis"}
    before = counters(trips_client)
    assert not any(field["required"] for field in schema.values())
    assert trips_client.post("/predict", json=row).status_code == 200
    after = counters(trips_client)
    key = ("nnrecipes_unseen_values_total", (("field", "harbour"),))
    assert after[key] - before[key] == 1
    number = next(name for name, field in schema.items() if field["kind"] == "number")
    key = ("nnrecipes_missing_values_total", (("field", number),))
    assert after[key] - before[key] == 1


def test_keys_that_the_model_does_not_use_are_left_alone(client: Client) -> None:
    assert client.post("/predict", json={**IRIS, "id": 7, "species": None}).json()["species"] == "setosa"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b'{"sepal_length": NaN}', 400, "null is a missing value"),
        (b"[" * 100_000, 400, "nested"),
        (b"[1" + b"1" * 6_000 + b"]", 400, "digits"),
        (b'{"sepal_length": 1, "sepal_length": 2}', 422, "twice"),
        (b"[]", 422, "list of objects"),
        (b"7", 422, "list of objects"),
        (b"[7]", 422, "do"),
        (json.dumps([IRIS] * 301).encode(), 422, "at most 300 rows"),
        (b"[" + b"7," * 400 + b"7]", 422, "at most 300 rows"),
    ],
)
def test_a_body_that_is_no_rows_says_why(client: Client, body: bytes, status: int, says: str) -> None:
    response = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, says in response.json()["title"]) == (status, True), response.text


def test_errors_beyond_twenty_are_counted(client: Client) -> None:
    found = client.post("/predict", json=[{**IRIS, "sepal_width": "x"}] * 50).json()
    assert (len(found["errors"]), found["more_errors"]) == (20, 30)


def test_another_content_type_is_refused(client: Client) -> None:
    assert client.post("/predict", data={"a": 1}).status_code == 415


def test_health_and_ready_say_what_serves(client: Client, iris_run: nn.Run) -> None:
    health = client.get("/health").json()
    assert (health["status"], health["run"], health["version"]) == ("ok", iris_run.path.name, __version__)
    assert health["engine"] == "onnxruntime"
    assert client.get("/ready").json() == {"ready": True}


def test_schema_is_that_of_the_run(client: Client, trips_client: Client) -> None:
    schema = client.get("/schema").json()
    assert [field["name"] for field in schema["fields"]] == list(IRIS)
    assert schema["answers"][1] == {
        "name": "species", "task": "multiclass", "classes": ["setosa", "versicolor", "virginica"]}  # fmt: skip
    boat = next(field for field in trips_client.get("/schema").json()["fields"] if field["name"] == "harbour")
    assert set(boat["categories"]) == set(harbour_trips(300, seed=3)["harbour"].dropna())


def counters(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families for sample in family.samples}  # fmt: skip


def test_metrics_count_requests_by_path_status_and_engine(client: Client) -> None:
    engine = client.get("/health").json()["engine"]
    keys = {status: ("nnrecipes_requests_total", (("engine", engine), ("method", "POST"), ("path", "/predict"),
                                                  ("status", status))) for status in ("200", "422")}  # fmt: skip
    before = counters(client)
    for row in (IRIS, IRIS, {}):
        client.post("/predict", json=row)
    after = counters(client)
    assert {status: after[key] - before.get(key, 0) for status, key in keys.items()} == {"200": 2, "422": 1}
    assert after["process_resident_memory_bytes", ()] > 1e6


def test_paths_of_strangers_do_not_become_labels(client: Client) -> None:
    for place in range(5):
        assert client.get(f"/wp-admin/{place}").status_code == 404
    assert not any("wp-admin" in str(key) for key in counters(client))


def test_another_method_is_refused_with_the_right_one(client: Client) -> None:
    response = client.get("/predict")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path in ("/", "/page/page.js", "/page/form.js", "/page/picker.js", "/page/page.css"):
        text = client.get(path).text
        assert "http://" not in text
        assert "https://" not in text
        assert "innerHTML" not in text
