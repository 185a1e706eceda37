"""Cross-validation: every row is scored once, by a network that never saw it; test rows stay untouched."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.config.data import GroupSplit, RandomSplit, StratifiedSplit, TimeSplit
from nnrecipes.data.folds import fold_splits
from nnrecipes.errors import DataError
from nnrecipes.training.ensemble import member_seed

QUICK = {"training.epochs": 3, "training.callbacks.progress": False}
ROWS = np.arange(100, 200)


def folds(split, kinds=None, count=5, validation=0.1):
    return fold_splits(split, rows=ROWS, kinds=kinds, folds=count, validation=validation, seed=0)


@pytest.mark.parametrize("kind", ["random", "stratified", "group"])
def test_every_row_is_tested_once_and_the_sets_of_a_fold_are_disjoint(kind):
    kinds = None if kind == "random" else np.repeat(np.arange(20), 5) if kind == "group" else np.repeat(["a", "b"], 50)
    split = {"random": RandomSplit(), "stratified": StratifiedSplit(), "group": GroupSplit(column="g")}[kind]
    found = folds(split, kinds)
    assert np.sort(np.concatenate([fold.test for fold in found])).tolist() == ROWS.tolist()
    for fold in found:
        whole = np.concatenate([fold.train, fold.validation, fold.test])
        assert np.sort(whole).tolist() == ROWS.tolist()
        assert len(fold.validation) == (10 if kind == "group" else 8)


def test_shares_of_classes_are_kept_and_groups_stay_in_one_piece():
    classes = np.repeat(["rare", "common"], [20, 80])
    for fold in folds(StratifiedSplit(), classes, validation=0.25):
        for part in (fold.train, fold.validation, fold.test):
            assert (classes[part - 100] == "rare").mean() == pytest.approx(0.2)
    groups = np.repeat(np.arange(25), 4)
    for fold in folds(GroupSplit(column="g"), groups):
        train, validation, test = (set(groups[part - 100]) for part in (fold.train, fold.validation, fold.test))
        assert not train & (test | validation)
        assert not validation & test


def test_order_in_time_and_too_many_folds_are_refused():
    with pytest.raises(DataError, match="take rows out of their order"):
        folds(TimeSplit(column="day"))
    with pytest.raises(DataError, match="expected at most 3, the rows of every class"):
        folds(StratifiedSplit(), np.repeat(["a", "b"], [3, 97]))
    with pytest.raises(DataError, match="expected at most 4, the groups"):
        folds(GroupSplit(column="g"), np.repeat(np.arange(4), 25))


@pytest.fixture(scope="module")
def wine():
    return nn.cross_validate("sequential_wine", QUICK, folds=3)


def test_a_fold_scores_as_a_run_on_its_rows_with_preprocessing_fitted_on_them(wine, tmp_path):
    """The run of the same seed whose split file names the fold's rows has the fold's scores."""
    loaded = nn.load_config("sequential_wine", QUICK).config
    from nnrecipes.data.build import load_data
    from nnrecipes.inference.cross_validation import fold_sets

    split = fold_sets(loaded, load_data(loaded), 3)[1]
    names = pd.Series("drop", index=range(178))
    for name in ("train", "validation", "test"):
        names[getattr(split, name)] = name
    names.rename("set").to_csv(tmp_path / "split.csv", index_label="row_id")
    run = nn.train("sequential_wine", {**QUICK, "seed": member_seed(loaded.seed, 1), "evaluation.plots": False,
                                       "data.split": {"kind": "file", "path": str(tmp_path / "split.csv")}},
                   runs_dir=tmp_path)  # fmt: skip
    for metric, entry in run.metrics["cultivar"]["metrics"].items():
        assert wine.targets["cultivar"]["metrics"][metric]["folds"][1] == pytest.approx(entry["value"], abs=1e-5)


def test_mean_and_sd_are_those_of_the_folds_and_the_test_rows_are_left_out(wine):
    assert (wine.folds, wine.rows, wine.test_rows) == (3, 142, 36)
    entry = wine.targets["cultivar"]["metrics"]["accuracy"]
    assert entry["mean"] == pytest.approx(np.mean(entry["folds"]))
    assert entry["sd"] == pytest.approx(np.std(entry["folds"], ddof=1))
    assert len(wine.epochs) == 3


def test_the_linear_model_beside_it_scores_as_one_of_scikit_learn(wine):
    x, y = load_wine(return_X_y=True)
    from nnrecipes.data.build import load_data
    from nnrecipes.inference.cross_validation import fold_sets

    loaded = nn.load_config("sequential_wine", QUICK).config
    line, scores = make_pipeline(StandardScaler(), LogisticRegression()), []
    for fold in fold_sets(loaded, load_data(loaded), 3):
        scores.append(line.fit(x[fold.train], y[fold.train]).score(x[fold.test], y[fold.test]))
    assert wine.targets["cultivar"]["baselines"]["linear"]["accuracy"]["mean"] == pytest.approx(
        np.mean(scores), abs=0.03
    )


def test_the_command_prints_a_table_or_json(capsys):
    assert main(["crossval", "sequential_diabetes", "training.epochs=6", "--folds", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folds"] == 2
    assert set(found["targets"]["progression"]["metrics"]["rmse"]) == {"mean", "sd", "folds"}
    assert "folds" in found["targets"]["progression"]["verdict"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sequential_wine", "--folds", "1"], "folds: expected a whole number above 1. Received: 1."),
        (["sequential_wine", "--folds", "150"], "expected at most"),
        (["dense_autoencoder_digits"], "expected a recipe that predicts targets"),
        (["recommender_synthetic"], "Received: a recommender's."),
        (["sequential_wine", "evaluation.cross_validate=1"], "evaluation.cross_validate: expected 2 folds or more"),
    ],
)
def test_what_has_no_folds_is_refused(words, expected, capsys):
    assert main(["crossval", *words]) == 2
    assert expected in capsys.readouterr().err


def test_a_recipe_that_asks_for_folds_keeps_their_scores_in_its_run(tmp_path):
    run = nn.train("sequential_wine", {**QUICK, "training.epochs": 1, "evaluation.plots": False,
                                       "evaluation.cross_validate": 2}, runs_dir=tmp_path)  # fmt: skip
    again = nn.load_run(run.path)
    assert again.cross_validation["targets"]["cultivar"]["metrics"]["accuracy"]["folds"]
    assert again.cross_validation["test_rows"] == 36
    assert not again.damage()


def test_rows_from_python_and_an_ensemble_have_folds_too():
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x.sum(axis=1)})
    recipe = {"data": {}, "targets": {"y": {"task": "regression"}}, "model": {"kind": "sequential"},
              "training": {"epochs": 2, "ensemble": 2}}  # fmt: skip
    found = nn.cross_validate(recipe, {"training.callbacks.progress": False}, data=frame, folds=2)
    assert len(found.epochs) == 4
    assert found.targets["y"]["baselines"]["linear"]["r2"]["mean"] == pytest.approx(1)


def test_a_recipe_with_workers_says_that_folds_are_of_one_process():
    lines = []
    given = {"training.distributed": {"engine": "ray", "workers": 2}, "training.epochs": 1}
    nn.cross_validate("sequential_wine", given, folds=2, notify=lines.append)
    assert any("the networks of all folds train in this process" in line for line in lines)
