"""Differences between two predictions; the oracle repeats rows and scores them with scikit-learn, one resample at a time."""

import numpy as np
import pytest
from sklearn import metrics as sk

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.bootstrap import resample_weights
from nnrecipes.evaluation.paired import FALLING, Answers, better, differences

NUMBER = TargetSpec("y", "y", "regression", "linear", "value")
BINARY = TargetSpec("y", "y", "binary", "sigmoid", "binary", ("no", "yes"))
RNG = np.random.default_rng(3)


def repeated(rows, seed, resamples=200):
    weights = np.concatenate(list(resample_weights(rows, resamples, seed))).astype(int)
    return [np.repeat(np.arange(rows), row) for row in weights]


def test_paired_intervals_are_those_of_the_same_repeated_rows():
    truth = RNG.normal(size=60)
    a, b = truth + RNG.normal(0, 0.6, 60), truth + RNG.normal(0, 0.5, 60)
    found = differences(NUMBER, Answers(truth, a), Answers(truth, b), paired=True, resamples=200, seed=5)
    draws = [
        sk.root_mean_squared_error(truth[rows], b[rows]) - sk.root_mean_squared_error(truth[rows], a[rows])
        for rows in repeated(60, 5)
    ]
    assert found["rmse"]["a"] == pytest.approx(sk.root_mean_squared_error(truth, a))
    assert found["rmse"]["difference"] == pytest.approx(found["rmse"]["b"] - found["rmse"]["a"])
    np.testing.assert_allclose([found["rmse"]["low"], found["rmse"]["high"]], np.quantile(draws, [0.025, 0.975]))


def test_each_run_keeps_its_own_threshold():
    truth = RNG.integers(0, 2, 80)
    p = np.clip(0.3 * truth + RNG.uniform(0, 0.7, 80), 0, 1)
    answers = np.stack([1 - p, p], axis=1)
    found = differences(BINARY, Answers(truth, answers, 0.5), Answers(truth, answers, 0.2), paired=True, resamples=100)
    assert found["f1"]["a"] == pytest.approx(sk.f1_score(truth, p > 0.5))
    assert found["f1"]["b"] == pytest.approx(sk.f1_score(truth, p > 0.2))
    assert found["log_loss"]["difference"] == found["log_loss"]["low"] == found["log_loss"]["high"] == 0


def test_unpaired_intervals_are_wider_where_the_same_rows_are_hard_for_both():
    truth = RNG.normal(size=300)
    noise = RNG.normal(0, 1, 300)
    a, b = Answers(truth, truth + noise), Answers(truth, truth + noise * 1.03)
    paired, unpaired = (differences(NUMBER, a, b, paired=way, resamples=300)["rmse"] for way in (True, False))
    assert paired["difference"] == unpaired["difference"]
    assert paired["low"] > 0
    assert unpaired["low"] < 0 < unpaired["high"]


def test_unpaired_runs_may_have_different_numbers_of_rows():
    truth = RNG.normal(size=50)
    found = differences(
        NUMBER, Answers(truth, truth + 1), Answers(truth[:20], truth[:20] + 3), paired=False, resamples=100
    )
    assert found["rmse"]["difference"] == pytest.approx(2)


def test_a_metric_that_is_undefined_is_none():
    truth = np.zeros(20, dtype=int)
    answers = Answers(truth, np.tile([0.6, 0.4], (20, 1)))
    found = differences(BINARY, answers, answers, paired=True, resamples=100)
    assert found["roc_auc"] == dict.fromkeys(("a", "b", "difference", "low", "high"))


@pytest.mark.parametrize("target", [NUMBER, BINARY])
def test_the_direction_of_every_metric_is_that_of_scikit_learn(target):
    truth = RNG.normal(size=50) + 5 if target is NUMBER else RNG.integers(0, 2, 50)
    if target is NUMBER:
        good, bad = truth + 0.01, truth + RNG.normal(0, 2, 50)
    else:
        good, bad = (np.stack([1 - p, p], axis=1) for p in (0.1 + 0.8 * truth, 0.6 - 0.2 * truth))
    found = differences(target, Answers(truth, bad), Answers(truth, good), paired=True, resamples=100)
    for name, row in found.items():
        assert (row["difference"] < 0) == (name in FALLING), name
        assert better(name, row["low"], row["high"]) == "b", name
