"""``/recommend``, ``/similar`` and ``/items``; the oracle is the run in Python."""

import pytest
from serving_rows import Client

import nnrecipes as nn


def test_a_history_gets_the_list_that_python_gives(films_client: Client, films_run: "nn.RecommenderRun") -> None:
    found = films_client.post("/recommend", json={"history": ["f1", "f2"], "k": 3})
    assert found.status_code == 200, found.text
    assert found.json()["items"] == films_run.recommend(history=["f1", "f2"], k=3).to_dict("records")
    assert {"f0", "f3"} <= {item["item"] for item in found.json()["items"]}


def test_allow_deny_and_seen_are_heeded(films_client: Client) -> None:
    ask = {"history": ["f1"], "k": 10}
    denied = films_client.post("/recommend", json={**ask, "deny": ["f2"]}).json()["items"]
    assert {item["item"] for item in denied}.isdisjoint({"f1", "f2"})
    allowed = films_client.post("/recommend", json={**ask, "allow": ["f1", "f5"], "exclude_seen": False}).json()[
        "items"
    ]
    assert {item["item"] for item in allowed} == {"f1", "f5"}


def test_an_empty_history_gets_what_is_popular_and_says_so(films_client: Client) -> None:
    found = films_client.post("/recommend", json={"history": []}).json()
    assert len(found["items"]) == 10


def test_unknown_items_of_a_history_are_noticed(films_client: Client) -> None:
    found = films_client.post("/recommend", json={"history": ["f1", "zz"]}).json()
    assert "zz" in found["notices"][0]


def test_items_like_an_item_and_users_like_a_history(films_client: Client, films_run: "nn.RecommenderRun") -> None:
    items = films_client.post("/similar", json={"item": "f4", "k": 2}).json()["items"]
    assert items == films_run.similar_items("f4", k=2).to_dict("records")
    users = films_client.post("/similar", json={"history": ["f1", "f2"], "k": 2}).json()["users"]
    assert users == films_run.similar_users(history=["f1", "f2"], k=2).to_dict("records")


def test_items_are_found_by_part_of_their_title(films_client: Client) -> None:
    found = films_client.get("/items", params={"q": "A", "limit": 3}).json()["items"]
    assert len(found) == 3
    assert all("a" in item["title"].casefold() for item in found)
    assert films_client.get("/items", params={"limit": 0}).status_code == 422


@pytest.mark.parametrize(
    ("body", "field", "hint"),
    [
        ({"histroy": []}, "histroy", "history"),
        ({"history": [], "k": 0}, "k", None),
        ({"history": [], "k": "3"}, "k", None),
        ({"history": [1.5]}, "history.0", None),
        ({"history": "f1"}, "history", None),
        ({"user": True}, "user", None),
        ({}, "body", None),
        ({"user": "u1", "history": []}, "body", None),
        ([], "body", None),
    ],
)
def test_a_wrong_request_names_the_key(films_client: Client, body: object, field: str, hint: str | None) -> None:
    response = films_client.post("/recommend", json=body)
    assert response.status_code == 422
    found = {error["field"]: error["did_you_mean"] for error in response.json()["errors"]}
    assert field in found, response.text
    assert found[field] == hint
    assert not any("Input should" in error["message"] for error in response.json()["errors"])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/recommend", {"user": "nobody"}, "user"),
        ("/recommend", {"history": [], "deny": ["f77"]}, "deny"),
        ("/similar", {"item": "f77"}, "item"),
    ],
)
def test_an_id_that_training_did_not_have_is_not_found(
    films_client: Client, path: str, body: object, field: str
) -> None:
    response = films_client.post(path, json=body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (404, field)
