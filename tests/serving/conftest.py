"""Served runs, made once: one that ships with the package, and one with numbers, categories and gaps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from serving_rows import Client

pytest.importorskip("fastapi", reason="the extra serve is not installed")


import nnrecipes as nn
from nnrecipes.data.synthetic import harbour_trips
from nnrecipes.serving.app import create_app
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.served import ServedRecommender, ServedRun, load_served

RECIPE = {
    "name": "trips",
    "data": {"source": {"kind": "csv", "path": "trips.csv"}, "split": {"test": 0.2, "validation": 0.2}},
    "targets": {"catch_kg": {"task": "regression"}, "gear": {"task": "multiclass"}},
    "preprocessing": {"numeric": {"missing": "indicator"}, "categorical": {"missing": "unknown"}},
    "model": {"kind": "multi_output", "hidden_units": [8]},
    "training": {"epochs": 2, "batch_size": 64, "callbacks": {"monitor": "val_loss", "progress": False}},
    "evaluation": {"bootstrap": 100, "plots": False},
}
FILMS = ["Alien", "Brazil", "Casablanca", "Dr. No", "Emma", "Fargo", "Gigi", "Heat", "<b>If …</b>", "Jaws"]


@pytest.fixture(scope="session")
def iris_run() -> nn.Run:
    return nn.load_zoo("iris_multi_output")


@pytest.fixture(scope="session")
def iris(iris_run: nn.Run) -> ServedRun:
    return load_served(iris_run.path)


@pytest.fixture(scope="session")
def client(iris: ServedRun) -> Client:
    return Client(create_app(iris, Limits(rows=300)))


@pytest.fixture(scope="session")
def trips_run(tmp_path_factory: pytest.TempPathFactory) -> nn.Run:
    path = tmp_path_factory.mktemp("trips") / "trips.csv"
    frame = harbour_trips(300, seed=3)
    frame[frame["gear"].notna()].to_csv(path, index=False)
    return nn.train(RECIPE, {"data.source.path": str(path)}, runs_dir=path.parent / "runs")


@pytest.fixture(scope="session")
def trips(trips_run: nn.Run) -> ServedRun:
    return load_served(trips_run.path)


@pytest.fixture(scope="session")
def trips_client(trips: ServedRun) -> Client:
    return Client(create_app(trips))


@pytest.fixture(scope="session")
def films_run(tmp_path_factory: pytest.TempPathFactory) -> "nn.RecommenderRun":
    """A closed-form recommender of ten films: user u saw the films u, u + 1, u + 2 and u + 3."""
    folder: Path = tmp_path_factory.mktemp("films")
    rows = [(f"u{user}", f"f{(user + step) % 10}") for user in range(40) for step in range(4 + user % 2)]
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(folder / "log.csv", index=False)
    items = pd.DataFrame({"item": [f"f{place}" for place in np.arange(10)], "title": FILMS})
    items.to_csv(folder / "items.csv", index=False)
    recipe = {
        "name": "films",
        "data": {
            "interactions": {
                "source": {"kind": "csv", "path": str(folder / "log.csv")},
                "user": "user",
                "item": "item",
            },
            "items": {"source": {"kind": "csv", "path": str(folder / "items.csv")}, "item": "item", "title": "title"},
        },
        "model": {"kind": "ease"},
        "evaluation": {"plots": False},
    }
    return nn.train(recipe, runs_dir=folder / "runs")


@pytest.fixture(scope="session")
def films(films_run: "nn.RecommenderRun") -> ServedRecommender:
    return load_served(films_run.path)


@pytest.fixture(scope="session")
def films_client(films: ServedRecommender) -> Client:
    return Client(create_app(films))
