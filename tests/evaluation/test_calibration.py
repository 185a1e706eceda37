import json

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.metrics import log_loss, roc_auc_score

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.calibration import Calibration, apply_calibration, fit_calibration
from nnrecipes.evaluation.reliability import calibration_error, confidence_and_hits, reliability

BINARY = TargetSpec("sick", "sick", "binary", "sigmoid", "binary", ("no", "yes"))
TWO_UNITS = TargetSpec("sick", "sick", "binary", "softmax", "index", ("no", "yes"), 2)
HINGE = TargetSpec("sick", "sick", "binary", "tanh", "binary", ("no", "yes"))
KIND = TargetSpec("kind", "kind", "multiclass", "softmax", "index", ("a", "b", "c"), 3)
LABELS = TargetSpec("tags", "tags", "multilabel", "sigmoid", "multi_hot", ("x", "y"), 2)


def too_sure(rows, classes, temperature, seed=0):
    """Logits whose honest probabilities are those at ``temperature``, and the classes drawn from these."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (rows, classes))
    honest = softmax(logits / temperature, axis=1)
    truth = (rng.random((rows, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    return logits, truth


def pairs(positive):
    return np.column_stack([1 - positive, positive])


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.5])
def test_the_temperature_that_made_the_rows_is_found(temperature):
    logits, truth = too_sure(20_000, 3, temperature)
    fitted = fit_calibration(KIND, truth, softmax(logits, axis=1), method="temperature")
    assert fitted.temperature == pytest.approx(temperature, rel=0.04)


def test_the_temperature_has_the_least_log_loss_of_a_fine_grid():
    logits, truth = too_sure(300, 3, 1.7)
    fitted = fit_calibration(KIND, truth, softmax(logits, axis=1), method="temperature")
    grid = np.exp(np.linspace(-2, 2, 4001))
    losses = [-log_softmax(logits / t, axis=1)[np.arange(300), truth].mean() for t in grid]
    assert fitted.temperature == pytest.approx(grid[np.argmin(losses)], rel=2e-3)
    assert fitted.log_loss_after == pytest.approx(min(losses), rel=1e-5)
    assert fitted.log_loss_before == pytest.approx(log_loss(truth, softmax(logits, axis=1)), rel=1e-4)


def test_probabilities_are_those_of_the_logits_over_the_temperature():
    logits, _ = too_sure(50, 3, 1)
    calibrated = apply_calibration(Calibration("temperature", 2.0), KIND, softmax(logits, axis=1))
    np.testing.assert_allclose(calibrated, softmax(logits / 2.0, axis=1), atol=1e-6)


def test_one_sigmoid_is_scaled_as_its_logit():
    logit = np.linspace(-8, 8, 41)
    calibrated = apply_calibration(Calibration("temperature", 3.0), BINARY, pairs(expit(logit)))
    np.testing.assert_allclose(calibrated[:, 1], expit(logit / 3.0), atol=1e-6)
    two = apply_calibration(Calibration("temperature", 3.0), TWO_UNITS, pairs(expit(logit)))
    np.testing.assert_array_equal(two, calibrated)


def test_a_temperature_changes_no_answer_and_no_ranking():
    logits, truth = too_sure(400, 3, 2)
    before = softmax(logits, axis=1)
    after = apply_calibration(fit_calibration(KIND, truth, before, method="temperature"), KIND, before)
    np.testing.assert_array_equal(after.argmax(1), before.argmax(1))
    np.testing.assert_allclose(after.sum(1), 1)


def test_where_every_row_is_right_probabilities_stay_as_they_are():
    probability = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])
    fitted = fit_calibration(KIND, np.array([0, 1]), probability, method="temperature")
    assert fitted.method == "none"
    assert "every validation row is right" in fitted.note
    assert apply_calibration(fitted, KIND, probability) is probability


@pytest.mark.parametrize("rows", [40, 1000])
def test_platt_scaling_is_that_of_scikit_learn(rows):
    rng = np.random.default_rng(rows)
    logit = rng.normal(0, 2, rows)
    truth = (rng.random(rows) < expit(0.5 * logit - 1)).astype(int)
    fitted = fit_calibration(BINARY, truth, pairs(expit(logit)), method="platt")
    theirs = _SigmoidCalibration().fit(logit, truth)
    after = apply_calibration(fitted, BINARY, pairs(expit(logit)))[:, 1]
    np.testing.assert_allclose(after, theirs.predict(logit), atol=2e-4)
    assert roc_auc_score(truth, after) == pytest.approx(roc_auc_score(truth, logit))


def test_platt_scaling_minimises_the_log_loss_of_platts_labels():
    rng = np.random.default_rng(3)
    logit, truth = rng.normal(0, 2, 200), rng.integers(0, 2, 200)
    labels = np.where(truth == 1, 1 - 1 / (truth.sum() + 2), 1 / ((truth == 0).sum() + 2))
    found = minimize(
        lambda line: np.mean(np.logaddexp(0, line[0] * logit + line[1]) - labels * (line[0] * logit + line[1])), [1, 0]
    )
    fitted = fit_calibration(BINARY, truth, pairs(expit(logit)), method="platt")
    np.testing.assert_allclose([fitted.slope, fitted.intercept], found.x, atol=1e-4)


def test_platt_scaling_of_separated_rows_is_finite():
    fitted = fit_calibration(BINARY, np.array([0, 0, 1, 1]), pairs(np.array([0.1, 0.2, 0.8, 0.9])), method="platt")
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert apply_calibration(fitted, BINARY, pairs(np.array([0.9])))[0, 1] < 1 - 1 / 8


def test_platt_scaling_of_a_hinge_output_takes_the_margin():
    margin = np.random.default_rng(0).uniform(-1, 1, 500)
    truth = (np.random.default_rng(1).random(500) < expit(3 * margin)).astype(int)
    fitted = fit_calibration(HINGE, truth, pairs((margin + 1) / 2), method="platt")
    theirs = _SigmoidCalibration().fit(margin, truth)
    assert fitted.slope == pytest.approx(-theirs.a_, rel=1e-3)
    assert fitted.intercept == pytest.approx(-theirs.b_, abs=1e-3)


@pytest.mark.parametrize("method", ["temperature", "platt"])
def test_predictions_that_are_not_finite_are_left_alone(method):
    fitted = fit_calibration(BINARY, np.array([0, 1]), np.array([[np.nan, np.nan], [0.5, 0.5]]), method=method)
    assert (fitted.method, "not finite" in fitted.note) == ("none", True)


@pytest.mark.parametrize("method", ["temperature", "platt"])
def test_a_calibration_survives_json(method):
    logits, truth = too_sure(100, 2, 2)
    fitted = fit_calibration(BINARY, truth, softmax(logits, axis=1), method=method)
    assert Calibration.from_dict(json.loads(json.dumps(fitted.to_dict(), allow_nan=False))) == fitted


def test_probabilities_of_nought_and_one_stay_finite():
    for calibration in (Calibration("temperature", 0.5), Calibration("platt", slope=30.0, intercept=-5.0)):
        assert np.isfinite(apply_calibration(calibration, BINARY, pairs(np.array([0.0, 1.0])))).all()


def test_bins_are_those_of_scikit_learns_calibration_curve():
    rng = np.random.default_rng(5)
    probability = rng.random(2000)
    hits = rng.random(2000) < probability**2
    found = reliability(probability, hits)
    share, confidence = calibration_curve(hits, probability, n_bins=10)
    np.testing.assert_allclose(found.share, share)
    np.testing.assert_allclose(found.confidence, confidence)
    assert found.counts.sum() == 2000
    expected = (np.abs(share - confidence) * np.histogram(probability, 10, (0, 1))[0]).sum() / 2000
    assert calibration_error(probability, hits) == pytest.approx(expected)


def test_the_most_confident_row_stands_in_the_last_bin():
    assert reliability(np.array([0.0, 1.0]), np.array([False, True])).counts.tolist() == [1, 0, 0, 0, 1]


def test_confidence_is_of_the_positive_class_of_the_predicted_class_or_of_each_label():
    confidence, hits = confidence_and_hits(BINARY, np.array([1, 0]), np.array([[0.9, 0.1], [0.4, 0.6]]))
    assert (confidence.tolist(), hits.tolist()) == ([0.1, 0.6], [True, False])
    confidence, hits = confidence_and_hits(KIND, np.array([1, 0]), np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]))
    assert (confidence.tolist(), hits.tolist()) == ([0.5, 0.8], [True, False])
    confidence, hits = confidence_and_hits(LABELS, np.array([[1, 0]]), np.array([[0.7, 0.4]]))
    assert (confidence.tolist(), hits.tolist()) == ([0.7, 0.4], [True, False])
