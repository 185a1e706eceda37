"""Warnings with figures: copies, features that give the target away, ids, owners, times; none of them fails."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import nnrecipes as nn
from nnrecipes.audit.giveaway import find_giveaways, predict_alone, score
from nnrecipes.audit.likeness import find_likeness
from nnrecipes.config.load import load_config
from nnrecipes.data.build import load_data
from nnrecipes.data.read import read_table

RNG = np.random.default_rng(0)
ROWS = 400


def table(**columns):
    frame = pd.DataFrame({"x": RNG.normal(size=ROWS), "noise": RNG.normal(size=ROWS)})
    frame["y"] = frame["x"] + RNG.normal(size=ROWS)
    return frame.assign(**columns)


def warnings(rows, *, preprocessing=None, **data):
    given = {"source": {"kind": "arrays"}, **data}
    sections = {"model": {"kind": "sequential"}, "targets": {"y": {}}, "preprocessing": preprocessing or {}}
    config = load_config({"name": "t", "data": given, **sections}).config
    dataset = load_data(config, rows)
    likeness = find_likeness(config, dataset, read_table(config.data.source, rows, ["y"]))
    return [*likeness, *find_giveaways(dataset, config.targets)]


def test_an_honest_table_has_no_warning():
    assert warnings(table()) == []


@pytest.mark.parametrize(("task", "figure"), [("number", "R² "), ("two", "ROC AUC "), ("five", "accuracy ")])
def test_a_feature_that_gives_the_target_away_is_named_with_its_score(task, figure):
    rows = table()
    if task == "two":
        rows["y"] = np.where(rows["y"] > 0, "late", "on time")
        rows["refund"] = np.where(rows["y"] == "late", 12.5, 0.0)
    elif task == "five":
        rows["y"] = pd.Series(RNG.choice(list("abcde"), ROWS))
        rows["code"] = "k" + rows["y"]
    else:
        rows["cents"] = rows["y"] * 100 + RNG.normal(size=ROWS) * 0.1
    (line,) = warnings(rows)
    name = {"two": "refund", "five": "code", "number": "cents"}[task]
    assert line.startswith(f"feature {name!r} alone tells target 'y': {figure}")
    assert float(line.partition(figure)[2].split()[0]) > 0.99
    assert "on 36 validation rows" in line


def test_a_gap_that_gives_the_target_away_is_found():
    rows = table()
    rows["y"] = np.where(rows["y"] > 0, "late", "on time")
    rows["returned_after"] = RNG.normal(size=ROWS)
    rows.loc[rows["y"] == "late", "returned_after"] = np.nan
    lines = warnings(rows, preprocessing={"numeric": {"missing": "indicator"}})
    assert "'returned_after' alone tells target 'y': ROC AUC 1.0000" in lines[0]


def test_a_lucky_feature_of_a_small_table_is_not_named():
    """Of iris' 24 validation rows one feature alone may well name every species; of the training rows it cannot."""
    for seed in range(5):
        config = load_config("iris_multi_output", {"seed": seed}).config
        assert find_giveaways(load_data(config), {"species": config.targets["species"]}) == []


def test_a_warning_is_no_failure():
    found = nn.audit({"name": "t", "data": {}, "targets": {"y": {}}}, data=table().assign(copy=lambda rows: rows["y"]))
    assert found.clean
    assert str(found).splitlines()[-2:][0].startswith("warning: feature 'copy' alone tells target 'y': R² ")
    assert str(found).splitlines()[-1] == "clean"


def test_the_score_of_a_level_mean_is_that_of_a_table_by_hand():
    levels = pd.Series(["a", "a", "b", "b"], dtype=object)
    known = np.array([[1.0], [0.0], [1.0], [1.0]])
    predicted = predict_alone(levels, known, pd.Series(["b", "a", "z"], dtype=object))
    assert predicted[:, 0].tolist() == [1.0, 0.5, 0.75]
    wanted = np.array([[1.0], [0.0], [1.0]])
    assert score(predicted, wanted, "binary") == roc_auc_score(wanted[:, 0], predicted[:, 0])


def test_copies_are_counted_with_and_without_their_target():
    rows = table()
    rows["set"] = np.repeat(["train", "val", "test"], [300, 50, 50])
    rows.loc[390:394, ["x", "noise", "y"]] = rows.loc[:4, ["x", "noise", "y"]].to_numpy()
    rows.loc[395:397, ["x", "noise"]] = rows.loc[5:7, ["x", "noise"]].to_numpy()
    (line,) = warnings(rows, split={"kind": "column", "column": "set"})
    assert line == "8 of 50 test rows have the features of a training row, 5 its target too."


def test_an_identifier_among_the_features_is_named():
    rows = table(number=np.arange(ROWS), person=[f"p{i}" for i in RNG.permutation(ROWS)])
    lines = warnings(rows, columns={"number": "numeric", "person": "categorical"})
    assert any("'number' looks like an identifier (400 whole numbers in sequence)" in line for line in lines)
    assert any("'person' looks like an identifier" in line for line in lines)
    assert any("'person' works as an identifier: 324 levels in 324 training rows, and 100%" in line for line in lines)


def test_a_column_whose_owners_stand_on_both_sides_is_named():
    rows = table(patient=[f"p{i}" for i in RNG.integers(0, 80, ROWS)])
    (line,) = warnings(rows, ignore=["patient"])
    values = rows["patient"].nunique()
    assert (
        f"of 40 test rows share a value of 'patient' with training rows ({values} values, {ROWS / values:.1f}" in line
    )
    assert "{kind: group, column: patient}" in line
    assert warnings(rows, ignore=["patient"], split={"kind": "group", "column": "patient"}) == []


def test_groups_that_differ_in_spelling_are_named():
    patient = np.array([f"p {i}" for i in RNG.integers(0, 40, ROWS)])
    rows = table(patient=np.where(np.arange(ROWS) % 7, patient, np.char.upper(patient)))
    (line,) = warnings(rows, split={"kind": "group", "column": "patient"})
    assert "belong to a group of 'patient' that training rows spell differently" in line


def test_a_time_that_splits_and_is_a_feature_is_named():
    rows = table(day=RNG.permutation(ROWS) * 1.5)
    rows["meter"] = rows["day"] * 10 + RNG.normal(size=ROWS)
    lines = warnings(rows, features=["x", "day", "meter"], split={"kind": "time", "column": "day"})
    assert lines[0].startswith("feature 'day' is the time that splits")
    assert any("'meter' moves with the time that splits: 100% of 40 test rows" in line for line in lines)
    assert not any("'x'" in line for line in lines)
