"""One run of a table with numbers, categories and gaps, trained once for all tests of what a run can do."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.data.synthetic import harbour_trips

RECIPE = {
    "name": "trips",
    "data": {"source": {"kind": "csv", "path": "trips.csv"}, "split": {"test": 0.2, "validation": 0.2}},
    "targets": {"catch_kg": {"task": "regression"}, "gear": {"task": "multiclass"}},
    "preprocessing": {"numeric": {"missing": "indicator"}, "categorical": {"missing": "unknown"}},
    "model": {"kind": "multi_output", "hidden_units": [8]},
    "training": {"epochs": 4, "batch_size": 64, "callbacks": {"monitor": "val_loss", "progress": False}},
    "evaluation": {"bootstrap": 100},
}


@pytest.fixture(scope="session")
def trips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trips") / "trips.csv"
    frame = harbour_trips(400, seed=3)
    frame[frame["gear"].notna()].to_csv(path, index=False)
    return path


@pytest.fixture
def recipe() -> dict[str, Any]:
    return RECIPE


@pytest.fixture(scope="session")
def run(trips: Path) -> nn.Run:
    return nn.train(RECIPE, {"data.source.path": str(trips)}, runs_dir=trips.parent / "runs")


@pytest.fixture
def rows(trips: Path) -> pd.DataFrame:
    return pd.read_csv(trips).head(20)
