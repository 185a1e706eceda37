"""A run that was logged to MLflow, as MLflow's own client reads it back."""

import csv
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import ConfigError, RunError
from nnrecipes.runs import trackers
from nnrecipes.zoo import zoo_names

RECIPE: dict[str, Any] = {
    "name": "lines",
    "data": {},
    "targets": {"y": {"task": "regression"}, "sort": {"task": "binary"}},
    "model": {"kind": "multi_output", "hidden_units": [4]},
    "training": {"epochs": 3, "trackers": ["mlflow"], "callbacks": {"progress": False, "monitor": "val_loss"}},
    "evaluation": {"plots": False, "bootstrap": 100},
}
SILENT = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, where the tests call it


def rows() -> pd.DataFrame:
    x = np.linspace(0.25, 9, 80)
    return pd.DataFrame({"x": x, "y": 2 * x + x**2 / 9, "sort": np.where(np.sin(x) > 0, "up", "down")})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, beside that of the runs."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return tmp_path


def client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def only_run(reader: Any, experiment: str = "lines") -> Any:
    found = reader.search_runs([reader.get_experiment_by_name(experiment).experiment_id])
    assert len(found) == 1
    return found[0]


@SILENT
def test_mlflow_reads_back_settings_curves_scores_and_the_run(place: Path) -> None:
    said: list[str] = []
    run = nn.train(RECIPE, data=rows(), runs_dir=place / "runs", notify=said.append)
    reader = client(f"sqlite:///{place}/runs/mlflow/mlflow.db")
    logged = only_run(reader)
    assert logged.info.status == "FINISHED"
    assert logged.info.run_name == run.path.name
    assert any(logged.info.run_id in line for line in said)

    params = logged.data.params
    assert params["training.epochs"] == "3"
    assert params["model.hidden_units"] == "[4]"
    assert params["training.optimizer.kind"] == "adam"
    assert params["targets.sort.task"] == "binary"

    with (run.path / "history.csv").open() as file:
        lines = list(csv.DictReader(file))
    for name in ("loss", "val_loss"):
        points = sorted(reader.get_metric_history(logged.info.run_id, name), key=lambda point: point.step)
        assert [(point.step, point.value) for point in points] == [
            (int(line["epoch"]), float(line[name])) for line in lines
        ]
    assert len(lines) == 3

    metrics = logged.data.metrics
    for target, metric in (("y", "rmse"), ("sort", "accuracy")):
        scored = run.metrics[target]
        assert metrics[f"test/{target}/{metric}"] == scored["metrics"][metric]["value"]
        assert metrics[f"test/{target}/{metric}.low"] == scored["metrics"][metric]["low"]
        assert metrics[f"baseline/linear/{target}/{metric}"] == scored["baselines"]["linear"][metric]

    tags = logged.data.tags
    assert tags["nnrecipes.run"] == run.path.name
    assert tags["nnrecipes.data.sha256"] == run.provenance["data"]["sha256"]

    fetched = nn.load_run(reader.download_artifacts(logged.info.run_id, "run", str(place)))
    assert fetched.damage() == {}
    pd.testing.assert_frame_equal(fetched.predict(rows()), run.predict(rows()))
    assert list((place / "here").iterdir()) == []
    assert [name for name in os.environ if name.startswith("MLFLOW_")] == ["MLFLOW_DISABLE_TELEMETRY"]  # the test's own


@SILENT
def test_the_environment_says_where_to(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"sqlite:///{place}/team.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "all of us")
    nn.train(RECIPE, data=rows(), runs_dir=place / "runs")
    assert only_run(client(uri), "all of us").data.params["training.epochs"] == "3"
    assert not (place / "runs/mlflow/mlflow.db").exists()


@SILENT
def test_a_recommender_is_logged_as_well(place: Path) -> None:
    overrides = {"training.trackers": ["mlflow"], "training.epochs": 2, "training.callbacks.progress": False,
                 "evaluation.bootstrap": 100, "evaluation.plots": False}  # fmt: skip
    run = nn.train("recommender_synthetic", overrides, runs_dir=place / "runs")
    logged = only_run(client(f"sqlite:///{place}/runs/mlflow/mlflow.db"), "recommender_synthetic")
    scored = run.metrics["ranking"]
    assert logged.data.metrics["test/ranking/ndcg_100"] == scored["metrics"]["ndcg@100"]["value"]
    assert logged.data.metrics["baseline/popularity/ranking/ndcg_100"] == scored["baselines"]["popularity"]["ndcg@100"]
    assert logged.data.tags["nnrecipes.kind"] == "recommender"


@SILENT
def test_a_resumed_run_is_logged_whole(place: Path) -> None:
    import keras

    class Stop(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self, after: int) -> None:
            super().__init__()
            self.after = after

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == self.after:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nn.train(RECIPE, data=rows(), callbacks=[Stop(2)], runs_dir=place / "runs")
    reader = client(f"sqlite:///{place}/runs/mlflow/mlflow.db")
    assert reader.search_runs([reader.get_experiment_by_name("lines").experiment_id]) == []
    run = nn.resume("latest", data=rows(), callbacks=[Stop(99)], runs_dir=place / "runs")
    logged = only_run(reader)
    assert logged.info.run_name == run.path.name
    points = reader.get_metric_history(logged.info.run_id, "val_loss")
    assert sorted((point.step, point.value) for point in points) == list(enumerate(run.history["val_loss"], start=1))
    assert len(points) == 3


@SILENT
def test_shipped_runs_of_every_kind_are_logged(place: Path) -> None:
    from nnrecipes.runs.layout import RunFolder
    from nnrecipes.runs.mlflow_log import log_run

    reader = client(f"sqlite:///{place}/runs/mlflow/mlflow.db")
    assert len(zoo_names()) > 4
    for name in zoo_names():
        run = nn.load_zoo(name)
        log_run(RunFolder(run.path), place / "runs")
        metrics = only_run(reader, run.folder.recipe).data.metrics
        for target, scored in run.metrics.items():
            for metric, value in scored["metrics"].items():
                assert metrics[f"test/{target}/{metric}"] == value["value"], f"{name}: {target} {metric}"


@SILENT
def test_track_logs_a_run_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = nn.train(RECIPE, {"training.trackers": []}, data=rows(), runs_dir=place / "runs")
    assert not (place / "runs/mlflow").exists()
    assert main(["track", str(run.path)]) == 0
    assert main(["track", run.path.name, "--runs", str(place / "runs")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert only_run(client(f"sqlite:///{place}/runs/mlflow/mlflow.db")).info.run_id in first


def test_an_unknown_tracker_is_named_before_training(place: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        nn.train(RECIPE, {"training.trackers": ["mlflw"]}, data=rows(), runs_dir=place / "runs")
    assert "training.trackers.0: expected one of mlflow. Received: 'mlflw'. Did you mean mlflow?" in str(caught.value)


def test_without_the_packages_nothing_is_trained(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: None if name == "sqlalchemy" else object())
    with pytest.raises(RunError, match=r"pip install 'nnrecipes\[mlflow\]'\). Received: no sqlalchemy\.$"):
        nn.train(RECIPE, data=rows(), runs_dir=place / "runs")
    assert not (place / "runs").exists()


def test_without_the_packages_no_search_begins(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    space = {"training.batch_size": {"choice": [16, 32]}}
    lines: list[str] = []
    with pytest.raises(RunError, match=r"pip install 'nnrecipes\[mlflow\]'"):
        nn.tune({**RECIPE, "tuning": {"trials": 1, "space": space}}, data=rows(), runs_dir=place / "runs",
                notify=lines.append)  # fmt: skip
    assert lines == []


@SILENT
def test_a_place_that_mlflow_cannot_use_is_one_line_before_training(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nowhere://ada:secret@host/x")
    with pytest.raises(RunError) as caught:
        nn.train(RECIPE, data=rows(), runs_dir=place / "runs")
    assert str(caught.value).startswith("training.trackers: mlflow: nowhere://***@host/x: expected a place")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (place / "runs").exists()


@SILENT
def test_a_server_that_is_not_there_is_known_soon(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{taken.getsockname()[1]}")
        begun = time.monotonic()
        with pytest.raises(RunError, match="expected a place that MLflow can log to") as caught:
            nn.train(RECIPE, data=rows(), runs_dir=place / "runs")
    assert time.monotonic() - begun < 60
    assert "\n" not in str(caught.value)
    assert not (place / "runs").exists()
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


@SILENT
def test_a_tracker_that_fails_at_the_end_leaves_the_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def refuse(*args: Any, **keywords: Any) -> None:
        raise MlflowException("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "log_artifacts", refuse)
        with pytest.raises(RunError, match="disk full The run is finished and kept; nnrecipes track ") as caught:
            nn.train(RECIPE, data=rows(), runs_dir=place / "runs")
    command = str(caught.value).partition("; nnrecipes ")[2].removesuffix(" logs it.").split()
    assert main(command) == 0
    reader = client(f"sqlite:///{place}/runs/mlflow/mlflow.db")
    states = [run.info.status for run in reader.search_runs([reader.get_experiment_by_name("lines").experiment_id])]
    assert sorted(states) == ["FAILED", "FINISHED"]


def test_a_recipe_without_trackers_never_imports_mlflow() -> None:
    program = "import sys, nnrecipes.recipe, nnrecipes.runs.trackers; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
