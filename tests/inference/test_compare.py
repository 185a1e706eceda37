"""Two runs side by side, as a user asks for it; the oracle is scikit-learn on each run's predictions."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, root_mean_squared_error

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.evaluation.bootstrap import resample_weights
from nnrecipes.inference.compare import _as_ordered, config_differences
from nnrecipes.inference.run import Run
from nnrecipes.runs.layout import RunFolder

SMALL = {"model.hidden_units": [2], "training.epochs": 1, "evaluation.plots": False, "evaluation.baselines": False}


@pytest.fixture(scope="module")
def other(run: nn.Run) -> nn.Run:
    """The same rows, a smaller network."""
    return nn.train(run.folder.config, SMALL, runs_dir=run.path.parents[2] / "others")


@pytest.fixture(scope="module")
def elsewhere(run: nn.Run) -> nn.Run:
    """Other rows of the same data."""
    return nn.train(run.folder.config, {**SMALL, "seed": 9}, runs_dir=run.path.parents[2] / "elsewhere")


def predictions(run: nn.Run) -> pd.DataFrame:
    return pd.read_csv(run.folder.predictions)


def test_only_what_differs_of_the_recipes_is_named(run: nn.Run, other: nn.Run) -> None:
    assert nn.compare(run, other)["config"] == {
        "model.hidden_units": {"a": [8], "b": [2]},
        "training.epochs": {"a": 4, "b": 1},
        "evaluation.baselines": {"a": True, "b": False},
        "evaluation.plots": {"a": True, "b": False},
    }


def test_a_key_that_only_one_recipe_has_is_left_out_of_the_other() -> None:
    found = config_differences({"a": {"b.c": 1, "d": {}}}, {"a": {"d": {"e": None}}})
    assert found == {"a.b.c": {"a": 1}, "a.d": {"a": {}}, "a.d.e": {"b": None}}


def test_scores_are_those_of_the_predictions_and_of_the_runs(run: nn.Run, other: nn.Run) -> None:
    found = nn.compare(run, other)["targets"]
    for side, one in (("a", run), ("b", other)):
        frame = predictions(one)
        rmse = root_mean_squared_error(frame["catch_kg"], frame["predicted_catch_kg"])
        columns = [f"predicted_gear_probability_{name}" for name in ("line", "net", "pot")]
        assert found["catch_kg"]["metrics"]["rmse"][side] == pytest.approx(rmse)
        assert found["gear"]["metrics"]["log_loss"][side] == pytest.approx(
            log_loss(frame["gear"], frame[columns]), rel=1e-5
        )
        for target in ("catch_kg", "gear"):
            for metric, row in found[target]["metrics"].items():
                kept = one.metrics[target]["metrics"][metric]["value"]
                assert row[side] == (None if kept is None else pytest.approx(kept, rel=1e-6)), metric


def test_runs_on_the_same_rows_are_compared_row_by_row(run: nn.Run, other: nn.Run) -> None:
    found = nn.compare(run, other, resamples=200, seed=4)
    a, b = predictions(run), predictions(other)
    squares = np.stack([(frame["predicted_catch_kg"] - frame["catch_kg"]) ** 2 for frame in (a, b)])
    draws = [
        np.subtract(*np.sqrt((squares * row).mean(axis=1))[::-1])
        for weights in resample_weights(len(a), 200, 4)
        for row in weights
    ]
    row = found["targets"]["catch_kg"]["metrics"]["rmse"]
    np.testing.assert_allclose([row["low"], row["high"]], np.quantile(draws, [0.025, 0.975]), rtol=1e-6)
    assert found["rows"] == {"paired": True, "why": "", "a": len(a), "b": len(b)}
    assert f"the same {len(a)} test rows" in found["targets"]["catch_kg"]["sentence"]


def test_the_other_way_round_is_the_negative(run: nn.Run, other: nn.Run) -> None:
    there, back = (nn.compare(*both)["targets"]["catch_kg"]["metrics"]["rmse"] for both in ((run, other), (other, run)))
    assert (there["low"], there["high"]) == pytest.approx((-back["high"], -back["low"]))


def test_a_run_scores_like_itself(run: nn.Run) -> None:
    found = nn.compare(run.path, str(run.path))
    assert found["config"] == {}
    assert found["targets"]["catch_kg"]["sentence"].startswith("catch_kg: A and B score alike: ")


def test_other_rows_of_the_same_data_are_not_paired_and_it_is_said(run: nn.Run, elsewhere: nn.Run) -> None:
    found = nn.compare(run, elsewhere)
    common = len(set(predictions(run)["row_id"]) & set(predictions(elsewhere)["row_id"]))
    assert not found["rows"]["paired"]
    assert found["rows"]["why"] == f"the runs were scored on different rows of the same data ({common} in common)"
    assert "unpaired: the runs were scored on different rows" in found["targets"]["catch_kg"]["sentence"]
    assert found["config"]["seed"] == {"a": 0, "b": 9}


def test_different_data_are_not_paired_and_it_is_said(run: nn.Run, other: nn.Run) -> None:
    stranger = Run(other.folder)
    stranger.provenance = {**other.provenance, "data": {**other.provenance["data"], "sha256": "0" * 64}}
    found = nn.compare(run, stranger)
    assert found["rows"]["why"] == "the runs were scored on different data"
    assert "unpaired: the runs were scored on different data" in found["targets"]["gear"]["sentence"]


def test_another_positive_class_is_brought_into_order() -> None:
    from nnrecipes.data.spec import TargetSpec
    from nnrecipes.evaluation.metrics import scorer
    from nnrecipes.evaluation.paired import Answers

    rng = np.random.default_rng(0)
    p, truth = rng.uniform(size=40), rng.integers(0, 2, 40)
    here, there = (TargetSpec("y", "y", "binary", "sigmoid", "binary", names) for names in (("a", "b"), ("b", "a")))
    mirrored = Answers(1 - truth, np.stack([p, 1 - p], axis=1), 0.7)
    ordered = _as_ordered(mirrored, there, here)
    np.testing.assert_array_equal(ordered.truth, truth)
    np.testing.assert_array_equal(ordered.prediction[:, 1], p)
    one = scorer(there, mirrored.truth, mirrored.prediction, threshold=0.7)(np.ones((1, 40)))["accuracy"]
    assert (
        scorer(here, ordered.truth, ordered.prediction, threshold=ordered.threshold)(np.ones((1, 40)))["accuracy"]
        == one
    )


def test_the_command_prints_both_sides_and_a_sentence_a_target(run: nn.Run, other: nn.Run, capsys) -> None:
    assert main(["compare", str(run.path), str(other.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["model.hidden_units", "[8]", "[2]"] for line in lines)
    assert lines[-2].startswith("catch_kg: ")
    assert lines[-1].startswith("gear: ")
    assert any(line.startswith("catch_kg  rmse") and " to " in line for line in lines)
    assert main(["compare", str(run.path), str(other.path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == json.loads(json.dumps(nn.compare(run, other)))
    assert answer["a"]["parameters"] > answer["b"]["parameters"]


def test_an_altered_file_and_an_unknown_run_are_one_message(run: nn.Run, other: nn.Run, tmp_path: Path, capsys) -> None:
    copy = tmp_path / "trips" / other.folder.id
    shutil.copytree(other.path, copy)
    with RunFolder(copy).predictions.open("a") as file:
        file.write("1,2\n")
    assert main(["compare", str(run.path), str(copy)]) == 2
    assert "predictions.csv: expected" in capsys.readouterr().err
    assert main(["compare", str(run.path), "nothing"]) == 2
    assert "expected a run's folder" in capsys.readouterr().err
