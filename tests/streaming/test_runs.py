"""Whole runs on folders of files: train, resume, predict, refit, check, and what says no."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from stream_tables import in_files, recipe, table

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import ConfigError, RunError
from nnrecipes.tuning.trial import Trials

ROWS = 260


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return in_files(table(ROWS), tmp_path_factory.mktemp("tables") / "t", 60, group=25)


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    return nn.train(recipe(folder, data={"block_rows": 64}), runs_dir=tmp_path_factory.mktemp("runs"))


def weights(run):
    return run.model.get_weights()


def test_one_block_without_shuffling_gives_the_run_of_rows_in_memory(folder, tmp_path):
    values = recipe(folder, data={"block_rows": 1000}, training={"shuffle": False, "trainer": "compiled"})
    streamed = nn.train(values, runs_dir=tmp_path)
    whole = nn.train(values, {"data.stream": False}, runs_dir=tmp_path)
    fitted = nn.train(values, {"data.stream": False, "training.trainer": "keras"}, runs_dir=tmp_path)
    for other in (whole, fitted):
        assert list(streamed.history) == list(other.history)
        for name, numbers in streamed.history.items():
            np.testing.assert_allclose(numbers, other.history[name], rtol=1e-5, atol=1e-5)
        for found, expected in zip(weights(streamed), weights(other), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        assert streamed.metrics["price"]["metrics"]["rmse"]["value"] == pytest.approx(
            other.metrics["price"]["metrics"]["rmse"]["value"], rel=1e-4)  # fmt: skip
        assert streamed.provenance["rows"]["test"] == other.provenance["rows"]["test"]
        assert streamed.provenance["data"]["sha256"] == other.provenance["data"]["sha256"]


def test_a_streamed_run_is_a_run(run, folder):
    assert run.provenance["trainer"] == "graph"
    assert run.provenance["rows"]["train"] == 211
    assert len(run.provenance["rows"]["test"]) == 26
    assert run.provenance["updates"] == 2 * 14
    assert {"mean", "linear"} <= set(run.metrics["price"]["baselines"])
    answers = nn.load_run(run.path).predict(table(ROWS).drop(columns="price").iloc[-26:])
    kept = pd.read_csv(run.path / "predictions.csv")
    np.testing.assert_allclose(answers["price"], kept["predicted_price"], rtol=1e-5)


def test_the_same_recipe_gives_the_same_bits_and_another_seed_others(run, folder, tmp_path):
    again = nn.train(recipe(folder, data={"block_rows": 64}), runs_dir=tmp_path)
    other = nn.train(recipe(folder, data={"block_rows": 64}), {"seed": 1}, runs_dir=tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(weights(run), weights(again), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(weights(run), weights(other), strict=True))


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C at the end of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def test_an_interrupted_run_ends_with_the_same_bits(folder, tmp_path):
    values = recipe(folder, data={"block_rows": 64}, training={"epochs": 4})
    whole = nn.train(values, runs_dir=tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        nn.train(values, callbacks=[Interrupt(2)], runs_dir=tmp_path / "b")
    ended = nn.resume("latest", callbacks=[Interrupt(9)], runs_dir=tmp_path / "b")
    assert all(np.array_equal(a, b) for a, b in zip(weights(whole), weights(ended), strict=True))
    assert whole.history == ended.history


def test_a_run_is_not_resumed_on_other_files(tmp_path):
    folder = in_files(table(120), tmp_path / "t", 40)
    with pytest.raises(KeyboardInterrupt):
        nn.train(recipe(folder), callbacks=[Interrupt(1)], runs_dir=tmp_path / "r")
    table(41, seed=1).to_parquet(folder / "001.parquet")
    with pytest.raises(RunError, match="expected the rows that"):
        nn.resume("latest", callbacks=[Interrupt(9)], runs_dir=tmp_path / "r")


def test_early_stopping_schedule_weights_and_importance_work_in_a_stream(folder, tmp_path):
    callbacks = {"progress": False, "early_stopping": {"patience": 1}, "schedule": {"kind": "cosine"}}
    targets = {
        "kind": {"task": "binary", "class_weight": "balanced", "calibration": "platt", "threshold": {"aim": "f1"}}
    }
    values = recipe(folder, targets=targets, training={"epochs": 3, "callbacks": callbacks},
                    data={"ignore": ["who", "price"], "block_rows": 48, "split": "random"})  # fmt: skip
    values["evaluation"]["importance"] = True
    found = nn.train(values, runs_dir=tmp_path)
    assert "learning_rate" in found.history
    assert "val_accuracy" in found.history
    assert (found.path / "importance.json").is_file()
    assert (found.path / "decision.json").is_file()


def test_a_network_that_was_trained_in_a_stream_is_fitted_again_on_more_rows(run):
    again = nn.refit(run.path, rows="all", runs_dir=run.path.parents[1])
    assert again.provenance["rows"] == {"train": ROWS, "validation": [], "test": []}


def test_members_of_an_ensemble_stream_in_orders_of_their_own(folder, tmp_path):
    found = nn.train(recipe(folder, data={"block_rows": 64}, training={"ensemble": 2, "epochs": 1}), runs_dir=tmp_path)
    alone = nn.train(recipe(folder, data={"block_rows": 64}, training={"epochs": 1}), runs_dir=tmp_path)
    first = pd.read_csv(found.path / "members" / "0" / "history.csv")
    assert first["loss"].tolist() == pytest.approx(alone.history["loss"], rel=1e-5)
    assert found.history["loss"] != pytest.approx(alone.history["loss"], rel=1e-5)


def test_an_audit_says_that_it_needs_rows_in_memory(folder):
    with pytest.raises(ConfigError, match="audit: expected rows that are read into memory"):
        nn.audit(recipe(folder))


def test_a_search_says_that_it_needs_rows_in_memory(folder):
    with pytest.raises(ConfigError, match="search: expected rows that are read into memory"):
        Trials(recipe(folder), {}, None, ["val_loss"]).prepare({})


def test_the_command_line_checks_and_trains_a_folder(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yaml").write_text(json.dumps(recipe(folder)))
    assert main(["check", "r.yaml", "--data"]) == 0
    printed = capsys.readouterr().out
    assert "rows: train 211, validation 23, test 26" in printed
    assert "are streamed from 5 files" in printed
    assert main(["train", "r.yaml", "--runs", "runs", "training.callbacks.progress=true"]) == 0
    assert "epoch 2/2" in capsys.readouterr().err
    assert main(["train", "r.yaml", "data.split=kfold"]) == 2
    assert (
        "data.split.kind: expected one of random, order, time, column, group where rows are streamed"
        in capsys.readouterr().err
    )
