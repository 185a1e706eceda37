import json

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, roc_auc_score
from sklearn.preprocessing import StandardScaler

from nnrecipes.data.spec import TargetSpec
from nnrecipes.errors import DataError
from nnrecipes.evaluation.score import score_target

BINARY = TargetSpec("diagnosis", "diagnosis", "binary", "sigmoid", "binary", ("malignant", "benign"))
SPECIES = TargetSpec("species", "species", "multiclass", "softmax", "index", ("setosa", "versicolor", "virginica"))
PRICE = TargetSpec("price", "price", "regression", "linear", "value")
TAGS = TargetSpec("tags", "tags", "multilabel", "sigmoid", "multi_hot", ("a", "b"))


def predictions(load):
    x, y = load(return_X_y=True)
    x = StandardScaler().fit_transform(x)[:, :2]
    return y.astype(np.int64), LogisticRegression().fit(x[::2], y[::2]).predict_proba(x)


def nulls(value):
    if isinstance(value, dict):
        return [null for item in value.values() for null in nulls(item)]
    return [value] if value is None else []


def test_scores_of_real_rows_are_those_of_scikit_learn():
    truth, probability = predictions(load_breast_cancer)
    score = score_target(BINARY, truth, probability, resamples=200)
    assert score["metrics"]["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, probability[:, 1]))
    assert score["metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(truth, probability.argmax(1)))
    assert score["confusion"] == confusion_matrix(truth, probability.argmax(1)).tolist()
    assert score["positive"] == "benign"
    assert score["rows"] == 569


def test_every_metric_lies_in_its_interval():
    truth, probability = predictions(load_iris)
    score = score_target(SPECIES, truth, probability, resamples=300)
    for entry in score["metrics"].values():
        assert entry["low"] < entry["value"] < entry["high"]


def test_scores_of_a_class_are_those_of_scikit_learns_report():
    truth, probability = predictions(load_iris)
    score = score_target(SPECIES, truth, probability, resamples=100)
    report = classification_report(truth, probability.argmax(1), target_names=SPECIES.classes, output_dict=True)
    for name, entry in score["per_class"].items():
        assert entry["rows"] == report[name]["support"]
        assert entry["f1"]["value"] == pytest.approx(report[name]["f1-score"])
        assert entry["precision"]["low"] <= entry["precision"]["value"] == pytest.approx(report[name]["precision"])


def test_one_class_has_no_area_under_the_curve_and_says_why():
    score = score_target(BINARY, np.zeros(5, np.int64), np.tile([0.8, 0.2], (5, 1)))
    assert score["metrics"]["roc_auc"] == {
        "value": None,
        "low": None,
        "high": None,
        "note": "needs rows of both classes",
    }
    assert score["metrics"]["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert score["per_class"]["benign"]["recall"]["note"] == "no row is of the class"


@pytest.mark.parametrize(
    ("target", "truth", "prediction"),
    [
        (PRICE, np.array([3.0]), np.array([2.5])),
        (BINARY, np.array([1]), np.array([[0.3, 0.7]])),
        (SPECIES, np.array([2]), np.array([[0.3, 0.3, 0.4]])),
        (TAGS, np.array([[0, 1]]), np.array([[0.2, 0.7]])),
    ],
)
def test_one_row_is_scored_without_intervals(target, truth, prediction):
    score = score_target(target, truth, prediction)
    assert all(entry["low"] is None and entry["high"] is None for entry in score["metrics"].values())
    assert json.loads(json.dumps(score, allow_nan=False)) == score


@pytest.mark.parametrize(
    ("target", "truth", "prediction"),
    [
        (PRICE, np.array([3.0, 1.0]), np.array([2.5, np.inf])),
        (BINARY, np.array([1, 0]), np.array([[np.nan, np.nan], [0.5, 0.5]])),
        (TAGS, np.array([[0, 1], [1, 1]]), np.array([[0.2, 0.7], [0.1, np.nan]])),
    ],
)
def test_predictions_that_are_not_finite_make_every_metric_null(target, truth, prediction):
    score = score_target(target, truth, prediction)
    assert {entry["note"] for entry in score["metrics"].values()} == {
        "1 of 2 rows have predictions that are not finite"
    }
    json.dumps(score, allow_nan=False)


def test_the_interval_is_of_the_resamples_in_which_the_metric_is_defined():
    truth = np.array([1] + [0] * 3)
    score = score_target(BINARY, truth, np.array([[0.1, 0.9]] + [[0.9, 0.1]] * 3), resamples=400)
    assert score["metrics"]["roc_auc"]["low"] == 1.0  # 68 % of the resamples have both classes


def test_the_same_seed_gives_the_same_intervals():
    truth, probability = predictions(load_iris)
    first, second, other = (score_target(SPECIES, truth, probability, resamples=100, seed=seed) for seed in (1, 1, 2))
    assert first == second != other


def test_labels_are_counted_one_by_one():
    truth = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    score = score_target(TAGS, truth, np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.9], [0.1, 0.1]]), resamples=100)
    assert score["per_class"]["a"]["rows"] == 3
    assert score["per_class"]["a"]["recall"]["value"] == pytest.approx(2 / 3)
    assert score["metrics"]["subset_accuracy"]["value"] == 0.5
    assert "confusion" not in score


@pytest.mark.parametrize(
    ("target", "truth", "prediction", "words"),
    [
        (PRICE, np.zeros(0), np.zeros(0), "at least one row"),
        (PRICE, np.zeros(3), np.zeros(2), r"shape \(3,\)"),
        (SPECIES, np.array([0, 1]), np.zeros((2, 2)), r"shape \(2, 3\)"),
        (SPECIES, np.array([0, 3]), np.full((2, 3), 1 / 3), "class numbers from 0 to 2. Received: 0 to 3"),
        (TAGS, np.array([0, 1]), np.zeros((2, 2)), "0/1 matrix"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(target, truth, prediction, words):
    with pytest.raises(DataError, match=words):
        score_target(target, truth, prediction)
