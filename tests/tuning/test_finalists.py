"""Finalists on validation rows drawn anew: who wins, what is kept, and that divisions keep what the split keeps."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.config.data import GroupSplit, StratifiedSplit, TimeSplit
from nnrecipes.data.folds import validation_anew, validation_folds
from nnrecipes.data.splits import RowSplit
from nnrecipes.tuning.finalists import choose
from nnrecipes.tuning.trial import Trials

RATE = "training.optimizer.learning_rate"
RECIPE = {
    "name": "judged",
    "data": {"source": {"kind": "sklearn", "name": "iris"}},
    "targets": {"species": {"task": "multiclass"}},
    "model": {"kind": "sequential", "hidden_units": [8]},
    "training": {"epochs": 8, "batch_size": 16, "optimizer": {"kind": "adam", "learning_rate": 0.0001},
                 "callbacks": {"progress": False}},
    "tuning": {"trials": 6, "finalists": 3, "redraws": 2, "pruner": "none", "space": {RATE: {"loguniform": [1e-4, 1e-1]}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    lines = []
    return nn.tune(RECIPE, runs_dir=tmp_path_factory.mktemp("runs"), notify=lines.append, retrain=False), lines


def test_finalists_are_the_best_trials_and_the_recipes_own_values(judged):
    found, lines = judged
    best = sorted(found.trials, key=lambda row: row["val_loss"])[:3]
    names = {f"trial {row['trial']}" for row in best} | {"the recipe's own values"}
    assert {row["finalist"] for row in found.finalists} == names
    with (found.folder / "finalists.csv").open() as file:
        assert [row["finalist"] for row in csv.DictReader(file)] == [row["finalist"] for row in found.finalists]
    assert sum(line.startswith("  ") for line in lines) == len(names)
    assert [line for line in lines if "division" in line] == [f"finalists: division {number} of 2" for number in (1, 2)]


def test_a_rate_that_is_plainly_too_small_gives_way(judged):
    found, lines = judged
    (winner,) = [row for row in found.finalists if row["won"]]
    assert found.best[RATE] == winner[RATE] != 0.0001
    own = next(row for row in found.finalists if row["finalist"] == "the recipe's own values")
    assert found.fresh["val_loss"] == (winner["val_loss"], own["val_loss"])
    assert winner["val_loss"] < own["val_loss"]
    assert any(line.startswith("winner: trial") and "better than the recipe's own values" in line for line in lines)


def test_scores_of_finalists_are_those_of_their_values_on_the_divisions(judged):
    found, _ = judged
    trials = Trials(RECIPE, {}, None, ("val_loss",))
    row = found.finalists[0]
    values = [trials.run({RATE: row[RATE]}, redraw=number).values[0] for number in (1, 2)]
    assert row["val_loss"] == pytest.approx(np.mean(values), rel=1e-6)
    assert row["val_loss_sd"] == pytest.approx(np.std(values, ddof=1), rel=1e-5)


def test_a_second_search_trains_no_finalist_again(judged, monkeypatch):
    found, _ = judged
    monkeypatch.setattr(Trials, "_train", lambda *_: pytest.fail("trained") if _[1] else [])
    again = nn.tune(RECIPE, runs_dir=found.folder.parent.parent, retrain=False)
    assert (again.finalists, again.best) == (found.finalists, found.best)


def test_a_third_division_trains_the_finalists_on_it_alone(judged, monkeypatch):
    found, _ = judged
    train, trained = Trials._train, []

    def counted(self, parts, alike):
        trained.extend(parts)
        return train(self, parts, alike)

    monkeypatch.setattr(Trials, "_train", counted)
    more = nn.tune(RECIPE, {"tuning.redraws": 3}, runs_dir=found.folder.parent.parent, retrain=False)
    assert more.folder == found.folder
    assert len(trained) == len(found.finalists)
    assert {row["finalist"] for row in more.finalists} == {row["finalist"] for row in found.finalists}


def test_splits_of_many_preprocessings_do_not_stay_in_memory():
    trials = Trials(RECIPE, {}, None, ("val_loss",))
    for scale in ("standard", "minmax", "robust", "robust_clip", "quantile", "none"):
        trials.prepare({"preprocessing.numeric.scale": scale}, folds=3)
    assert len(trials._divisions) <= 4


def test_own_values_that_are_the_best_of_all_win(tmp_path):
    space = {RATE: {"choice": [1e-6, 2e-6, 0.03]}}
    lines = []
    found = nn.tune(RECIPE, {RATE: 0.03, "tuning.space": space}, runs_dir=tmp_path, retrain=False, notify=lines.append)
    assert found.best == {RATE: 0.03}
    assert "winner: the recipe's own values: no finalist is better" in lines


def test_own_values_outside_the_space_are_a_measure_and_never_win(tmp_path):
    space = {RATE: {"choice": [1e-6, 2e-6]}}
    found = nn.tune(RECIPE, {RATE: 0.03, "tuning.space": space}, runs_dir=tmp_path, retrain=False)
    assert found.best[RATE] in (1e-6, 2e-6)
    assert found.finalists[-1]["finalist"] == "the recipe's own values"
    assert not found.finalists[-1]["won"]
    winner, own = found.fresh["val_loss"]
    assert own < winner


@pytest.mark.parametrize(
    ("scores", "own", "winner"),
    [
        ([[1.0, 1.0, 1.0], [0.9, 0.9, 0.9]], 0, 1),
        ([[1.0, 1.0, 1.0], [0.7, 1.2, 1.0]], 0, 0),  # .033 better, give or take .145
        ([[1.0, 1.0, 1.0], [0.7, 1.2, 1.0]], None, 1),
        ([[1.0, 1.0], [np.nan, 0.1]], 0, 0),
        ([[1.0, np.inf], [2.0, 2.0]], 0, 1),
        ([[1.0], [0.99]], 0, 1),
    ],
)
def test_own_values_give_way_to_more_than_chance_alone(scores, own, winner):
    assert choose(np.array(scores), own) == winner


def test_divisions_keep_groups_whole_and_shares_of_classes():
    rows = np.arange(100, 160)
    before = RowSplit(rows[:48], rows[48:], rows[:0])
    groups = np.repeat(np.arange(20), 3)
    own = groups[48:]
    seen = []
    for number in (1, 2):
        anew = validation_anew(GroupSplit(column="g"), before=before, kinds=groups, number=number, seed=0)
        held = np.isin(rows, anew.validation)
        assert set(groups[held]).isdisjoint(groups[~held])
        assert len(set(groups[held])) == len(set(own))
        seen.append(set(groups[held]))
    assert seen[0] != seen[1]
    classes = np.tile(["a", "a", "b"], 20)
    anew = validation_anew(StratifiedSplit(), before=before, kinds=classes, number=1, seed=0)
    assert (classes[np.isin(rows, anew.validation)] == "b").sum() == 4
    with pytest.raises(nn.DataError, match="data.split"):
        validation_anew(TimeSplit(column="t"), before=before, kinds=None, number=1, seed=0)


def test_folds_of_a_search_keep_groups_whole():
    rows, groups = np.arange(60), np.repeat(np.arange(20), 3)
    for fold in validation_folds(GroupSplit(column="g"), rows=rows, kinds=groups, folds=4, seed=0):
        assert set(groups[fold.train]).isdisjoint(groups[fold.validation])
        assert len(fold.train) + len(fold.validation) == 60


def test_rows_with_groups_are_searched_by_groups(tmp_path):
    random = np.random.default_rng(0)
    path = tmp_path / "rows.csv"
    group = np.repeat(np.arange(30), 4)
    x = random.normal(size=120)
    pd.DataFrame({"x": x, "y": x + group / 10, "who": group}).to_csv(path, index=False)
    recipe = {
        "data": {"source": {"kind": "csv", "path": str(path)}, "split": {"kind": "group", "column": "who"}},
        "targets": {"y": {"task": "regression"}},
        "inputs": {"x": {"kind": "tabular", "columns": ["x"]}},
        "model": {"kind": "sequential", "hidden_units": [4]},
        "training": {"epochs": 2, "callbacks": {"progress": False}},
    }
    trials = Trials(recipe, {}, None, ("val_loss",))
    for prepared in (*trials.prepare({}, folds=3)[1], *trials.prepare({}, redraw=1)[1]):
        assert set(group[prepared.train.rows]).isdisjoint(group[prepared.validation.rows])


def test_folds_beside_a_split_by_time_are_refused_before_a_row_is_read(tmp_path, capsys):
    path = tmp_path / "timed.yaml"
    recipe = {**RECIPE, "data": {**RECIPE["data"], "split": {"kind": "order"}}}
    path.write_text(json.dumps({**recipe, "tuning": {**RECIPE["tuning"], "folds": 3}}))
    assert main(["tune", str(path), "--runs", str(tmp_path / "runs")]) == 2
    assert "tuning.folds: expected nothing beside a split by order" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_rows_in_order_are_not_divided_anew(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"x": random.normal(size=60)}).assign(y=lambda rows: rows.x * 2)
    recipe = {**RECIPE, "data": {"source": {"kind": "arrays"}, "split": {"kind": "order"}},
              "targets": {"y": {"task": "regression"}}}  # fmt: skip
    found = nn.tune(recipe, data=frame, runs_dir=tmp_path, retrain=False)
    assert (found.fresh, found.finalists) == ({}, [])
