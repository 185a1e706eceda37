import json

import numpy as np
import pytest

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.compare import compare

NUMBER = TargetSpec("y", "y", "regression", "linear", "value")
BINARY = TargetSpec("y", "y", "binary", "sigmoid", "binary", ("no", "yes"))
RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=400)


def test_a_better_network_beats_the_linear_model():
    found = compare(NUMBER, TRUTH, TRUTH + RNG.normal(0, 0.1, 400), TRUTH + RNG.normal(0, 0.5, 400), seed=0)
    assert found["verdict"].startswith("The network beats the linear model: rmse 0.")
    assert found["low"] < found["difference"] < found["high"] < 0


def test_a_worse_network_does_not_beat_the_linear_model():
    found = compare(NUMBER, TRUTH, TRUTH + RNG.normal(0, 0.5, 400), TRUTH + RNG.normal(0, 0.1, 400), seed=0)
    assert found["verdict"].startswith("The network does not beat the linear model: ")
    assert found["low"] > 0


def test_equal_models_have_no_clear_difference():
    found = compare(NUMBER, TRUTH, TRUTH + RNG.normal(0, 0.5, 400), TRUTH + RNG.normal(0, 0.5, 400), seed=0)
    assert found["verdict"].startswith("No clear difference between the network and the linear model: ")
    assert found["low"] <= 0 <= found["high"]


def test_the_interval_is_of_paired_rows():
    noise = RNG.normal(0, 3, 400)
    paired = compare(NUMBER, TRUTH, TRUTH + noise, TRUTH + noise * 1.02, seed=0)
    assert paired["verdict"].startswith("The network beats")
    assert paired["network"] == pytest.approx(np.sqrt((noise**2).mean()))


def test_classes_are_compared_by_log_loss_in_nats():
    truth = np.array([0, 1] * 50)
    sure, unsure = np.where(truth[:, None] == [0, 1], 0.9, 0.1), np.full((100, 2), 0.5)
    found = compare(BINARY, truth, sure, unsure, seed=0)
    assert found["metric"] == "log_loss"
    assert found["network"] == pytest.approx(-np.log(0.9))
    assert found["linear"] == pytest.approx(np.log(2))


def test_predictions_that_are_not_finite_are_named_and_null():
    found = compare(NUMBER, TRUTH, np.full(400, np.nan), TRUTH, seed=0)
    assert found["verdict"].endswith("predictions of the network are not finite.")
    assert found["difference"] is None
    json.dumps(found, allow_nan=False)


def test_one_row_tells_nothing():
    found = compare(NUMBER, TRUTH[:1], TRUTH[:1], TRUTH[:1] + 1, seed=0)
    assert found["low"] is None
    assert found["verdict"].startswith("One row cannot tell")
