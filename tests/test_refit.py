"""A refit trains the run's recipe on more rows for its best epochs, and chooses nothing anew."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.data.synthetic import harbour_trips
from nnrecipes.errors import ConfigError, DataError, RunError
from nnrecipes.refitting import refit_values

RECIPE: dict[str, Any] = {
    "name": "late",
    "data": {"split": {"test": 0.2, "validation": 0.2}},
    "targets": {"late": {"task": "binary", "calibration": "temperature", "threshold": {"aim": "f1"}}},
    "preprocessing": {"numeric": {"missing": "median"}, "categorical": {"missing": "indicator"}},
    "model": {"kind": "sequential", "hidden_units": [8], "dropout": 0.1},
    "training": {
        "epochs": 8,
        "batch_size": 64,
        "optimizer": {"kind": "adam", "learning_rate": 0.01},
        "callbacks": {"progress": False, "early_stopping": {"patience": 3}, "schedule": {"kind": "cosine"}},
    },
    "evaluation": {"bootstrap": 100, "plots": False},
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    frame = harbour_trips(400, seed=5)
    return frame.assign(late=np.where(frame.pop("catch_kg") > 90, "yes", "no"))


@pytest.fixture(scope="module")
def run(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> nn.Run:
    return nn.train(RECIPE, data=rows, runs_dir=tmp_path_factory.mktemp("runs"))


def test_a_refit_has_the_validation_rows_among_its_training_rows(
    run: nn.Run, rows: pd.DataFrame, tmp_path: Path
) -> None:
    new = nn.refit(run.path, data=rows, runs_dir=tmp_path)
    old = run.provenance["rows"]
    assert new.provenance["rows"]["train"] == sorted(old["train"] + old["validation"])
    assert new.provenance["rows"]["validation"] == []
    assert new.provenance["rows"]["test"] == old["test"]
    best = int(np.argmin(run.history["val_loss"])) + 1
    assert new.provenance["epochs"] == best
    np.testing.assert_allclose(new.history["learning_rate"], run.history["learning_rate"][:best], rtol=1e-6)
    assert new.metrics["late"]["rows"] == run.metrics["late"]["rows"]
    assert new.metrics["late"]["metrics"]["accuracy"]["value"] > 0.5


def test_the_numbers_of_the_preprocessing_are_those_of_the_new_training_rows(
    run: nn.Run, rows: pd.DataFrame, tmp_path: Path
) -> None:
    new = nn.refit(run.path, rows="all", data=rows, runs_dir=tmp_path)
    assert new.metrics == {}
    assert len(new.provenance["rows"]["train"]) == len(rows)
    x = new.preprocessor.transform(nn_features(new, rows))["features"]
    column = new.spec.inputs[0].features.index("hours")
    np.testing.assert_allclose([x[:, column].mean(), x[:, column].std()], [0, 1], atol=1e-6)


def nn_features(run: nn.Run, rows: pd.DataFrame) -> pd.DataFrame:
    from nnrecipes.data.schema import prepare
    from nnrecipes.data.table import Table

    return prepare(Table(rows, "rows"), run.preprocessor.schema)


def test_a_refit_of_a_relative_path_knows_its_run_from_any_folder(
    run: nn.Run, rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run.path.parent)
    new = nn.refit(Path(run.path.name), data=rows, runs_dir=tmp_path)
    assert new.config.refit_of == str(run.path)


def test_calibration_and_threshold_are_the_first_runs(run: nn.Run, rows: pd.DataFrame, tmp_path: Path) -> None:
    new = nn.refit(run.path, data=rows, runs_dir=tmp_path)
    assert (new.path / "decision.json").read_bytes() == (run.path / "decision.json").read_bytes()
    assert nn.load_run(new.path).predict(rows).shape == (400, 3)


def test_other_rows_are_refused(run: nn.Run, rows: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected the rows of the run"):
        nn.refit(run.path, data=rows.assign(hours=rows["hours"] + 1), runs_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_refit_trains_to_the_same_weights_from_its_own_recipe(
    run: nn.Run, rows: pd.DataFrame, tmp_path: Path
) -> None:
    new = nn.refit(run.path, data=rows, runs_dir=tmp_path)
    again = nn.train(new.path / "config.yaml", data=rows, runs_dir=tmp_path)
    for left, right in zip(new.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_without_a_schedule_the_rate_is_the_optimizers(run: nn.Run) -> None:
    values = refit_values(run.config, {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 1.0, 2.0]}, "all", run.path)
    assert values["training"]["callbacks"]["schedule"] is None
    assert values["training"]["epochs"] == 2


def test_the_command_line_refits(rows: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows.to_csv(tmp_path / "rows.csv", index=False)
    values = {**RECIPE, "data": {**RECIPE["data"], "source": {"kind": "csv", "path": str(tmp_path / "rows.csv")}}}
    first = nn.train(values, runs_dir=tmp_path / "runs")
    assert main(["refit", "latest", "--rows", "all", "--runs", str(tmp_path / "runs")]) == 0
    heard = capsys.readouterr()
    assert str(first.path) in heard.err
    assert nn.load_run(heard.out.splitlines()[-1]).config.refit_of == str(first.path)
    assert main(["refit", "nothing", "--runs", str(tmp_path / "runs")]) == 2
    assert main(["show", "latest", "--runs", str(tmp_path / "runs")]) == 0


def test_a_warm_start_begins_with_the_weights_of_a_run(run: nn.Run, rows: pd.DataFrame, tmp_path: Path) -> None:
    heard: list[str] = []
    overrides = {"training.init_from": str(run.path), "training.freeze": ["hidden_1"], "training.epochs": 2}
    new = nn.train(RECIPE, overrides, data=rows, runs_dir=tmp_path, notify=heard.append)
    for left, right in zip(
        new.model.get_layer("hidden_1").weights, run.model.get_layer("hidden_1").weights, strict=True
    ):
        np.testing.assert_array_equal(left, right)
    assert not np.array_equal(new.model.get_layer("late").weights[0], run.model.get_layer("late").weights[0])
    assert any("hidden_1" in line and "frozen" in line for line in heard)
    assert new.history["loss"][0] < run.history["loss"][0]


def test_a_warm_start_from_nothing_is_refused_before_training(rows: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="training.init_from"):
        nn.train(RECIPE, {"training.init_from": "nothing"}, data=rows, runs_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"training.freeze.0: .* Did you mean hidden_1"):
        nn.train(RECIPE, {"training.freeze": ["hiden_1"]}, data=rows, runs_dir=tmp_path)
    assert not list(tmp_path.rglob("config.yaml"))
