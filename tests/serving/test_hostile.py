"""Bodies that mean harm: no 5xx, no crash, and memory that stays where it was."""

import base64
import gc
import json
from pathlib import Path

import pytest
from serving_rows import IRIS, Client, hostile_bodies, picture

from nnrecipes.inference.export.column import Column
from nnrecipes.serving.problem import RefusedError
from nnrecipes.serving.rows import read_rows

JSON = {"content-type": "application/json"}
FIELDS = (Column("photo", "image"), Column("text", "text"), Column("curve", "series"), Column("sold", "date"),
          Column("town", "category"), Column("age", "number"))  # fmt: skip
GOOD = {"photo": base64.b64encode(picture()).decode(), "text": "a b", "curve": [1, None, 2.5], "sold": "2024-01-31",
        "town": 3.0, "age": 4}  # fmt: skip


def megabytes() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def throw(client: Client, row: dict[str, object], count: int, seed: int) -> set[int]:
    """Every status that was answered, of bodies on /predict."""
    found = set()
    for body in hostile_bodies(row, count, seed):
        response = client.post("/predict", content=body, headers=JSON)
        assert response.status_code in {200, 400, 413, 422}, (response.status_code, body[:200])
        json.loads(response.content.decode("utf-8"), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
        assert "Traceback" not in response.text
        found.add(response.status_code)
    return found


def test_hostile_bodies_get_reasons_and_nothing_breaks(client: Client) -> None:
    assert throw(client, IRIS, 400, seed=1) == {200, 400, 422}
    assert client.post("/predict", json=IRIS).status_code == 200


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_is_flat_over_two_thousand_hostile_bodies(client: Client, trips_client: Client) -> None:
    fields = trips_client.get("/schema").json()["fields"]
    trip = {field["name"]: field.get("categories", [1.0])[0] for field in fields}
    throw(client, IRIS, 500, seed=2)
    throw(trips_client, trip, 500, seed=2)
    before = megabytes()
    throw(client, IRIS, 1_000, seed=3)
    throw(trips_client, trip, 1_000, seed=4)
    assert megabytes() - before < 30


@pytest.mark.parametrize("seed", range(4))
def test_hostile_bodies_for_every_kind_of_field_are_read_or_refused(seed: int) -> None:
    assert read_rows(json.dumps(GOOD).encode(), FIELDS, most=300).values[0]["town"] == "3"
    read, answered = 0, []
    for body in hostile_bodies(GOOD, 500, seed):
        try:
            rows = read_rows(body, FIELDS, most=300)
        except RefusedError as refused:
            answered.append((refused.status, json.loads(refused.body())["title"]))
        else:
            read += 1
            for name in ("text", "town"):
                assert all(row[name] is None or row[name].encode() is not None for row in rows.values)
    assert {status for status, _ in answered} <= {400, 413, 422}
    assert all(title for _, title in answered)
    assert 0 < read < 250


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("photo", "@@@", "an image file in base64"),
        ("photo", base64.b64encode(picture()[:60]).decode(), "a whole image file"),
        ("photo", base64.b64encode(b"P6 60000 60000 255\n").decode(), "an image of at most"),
        ("photo", "/etc/passwd", "an image file in base64"),
        ("photo", "../../etc/hostname", "an image file in base64"),
        ("text", "\ud800", "Unicode"),
        ("text", "a\0b", "null characters"),
        ("curve", [1, "x"], "a list of numbers"),
        ("curve", [], "a list of numbers"),
        ("sold", "31.1.2024", "an ISO date"),
        ("town", ["Bonn"], "a category"),
        ("age", 10**400, "a number between"),
        ("age", "7", "a number"),
    ],
)
def test_each_kind_says_what_it_takes(name: str, value: object, expected: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_rows(json.dumps({**GOOD, name: value}).encode(), FIELDS, most=1)
    assert expected in caught.value.problems[0].expected
