import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.metrics import EPSILON, row_losses, scorer

NAMES = tuple("abcdefgh")


def target(task, classes=2):
    labels = {"regression": "value", "binary": "binary", "multiclass": "index", "multilabel": "multi_hot"}[task]
    return TargetSpec("t", "t", task, "linear", labels, () if task == "regression" else NAMES[:classes])


def repeated(weights, *arrays):
    rows = np.repeat(np.arange(len(weights)), weights)
    return [array[rows] for array in arrays]


def probabilities(rng, rows, classes, decimals):
    raw = np.round(rng.random((rows, classes)), decimals) + 0.05
    return raw / raw.sum(axis=1, keepdims=True)


@st.composite
def drawn(draw, classes):
    """Truth, probabilities with many ties, and integer weights; small, so that classes are often missing."""
    rows = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    truth = rng.integers(0, draw(st.integers(1, classes)), rows)
    weights = rng.integers(0, 4, rows)
    weights[0] += 1
    return truth, probabilities(rng, rows, classes, draw(st.sampled_from([1, 6]))), weights, rng


def same(ours, theirs):
    theirs = np.nan if theirs is None else theirs
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def f_score(name, true, chosen, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(sk, f"{name}_score")(true, chosen, zero_division=np.nan, **options)


@settings(max_examples=60, deadline=None)
@given(drawn(2))
def test_binary_metrics_of_a_resample_are_those_of_scikit_learn_on_the_drawn_rows(case):
    truth, probability, weights, _ = case
    ours = scorer(target("binary"), truth, probability)(weights[None].astype(float))
    true, drawn_probability = repeated(weights, truth, probability)
    score, chosen = drawn_probability[:, 1], drawn_probability.argmax(axis=1)
    both = len(np.unique(true)) == 2
    same(ours["accuracy"][0], sk.accuracy_score(true, chosen))
    same(ours["balanced_accuracy"][0], np.mean([(chosen[true == k] == k).mean() for k in np.unique(true)]))
    same(ours["roc_auc"][0], sk.roc_auc_score(true, score) if both else None)
    same(ours["average_precision"][0], sk.average_precision_score(true, score) if true.any() else None)
    same(ours["log_loss"][0], sk.log_loss(true, drawn_probability, labels=[0, 1]))
    same(ours["brier"][0], np.mean((score - true) ** 2))
    same(ours["mcc"][0], sk.matthews_corrcoef(true, chosen) if both and len(np.unique(chosen)) == 2 else 0.0)
    for name in ("precision", "recall", "f1"):
        same(ours[name][0], f_score(name, true, chosen))
        same(ours[f"class_{name}"][0], f_score(name, true, chosen, average=None, labels=[0, 1]))


@settings(max_examples=60, deadline=None)
@given(drawn(4))
def test_multiclass_metrics_of_a_resample_are_those_of_scikit_learn_on_the_drawn_rows(case):
    truth, probability, weights, _ = case
    ours = scorer(target("multiclass", 4), truth, probability)(weights[None].astype(float))
    true, p = repeated(weights, truth, probability)
    chosen, present = p.argmax(axis=1), np.unique(true)
    same(ours["accuracy"][0], sk.accuracy_score(true, chosen))
    same(ours["balanced_accuracy"][0], np.mean([(chosen[true == k] == k).mean() for k in present]))
    same(ours["log_loss"][0], sk.log_loss(true, p, labels=range(4)))
    same(ours["f1_macro"][0], sk.f1_score(true, chosen, average="macro"))
    one_vs_rest = [sk.roc_auc_score(true == k, p[:, k]) for k in present] if len(present) > 1 else [None]
    same(ours["roc_auc_ovr_macro"][0], np.mean(one_vs_rest) if len(present) > 1 else None)
    for name in ("precision", "recall", "f1"):
        same(ours[f"class_{name}"][0], f_score(name, true, chosen, average=None, labels=range(4)))


@settings(max_examples=40, deadline=None)
@given(drawn(3))
def test_multilabel_metrics_of_a_resample_are_those_of_scikit_learn_on_the_drawn_rows(case):
    _, _, weights, rng = case
    truth = rng.integers(0, 2, (len(weights), 3))
    probability = np.clip(np.round(rng.random((len(weights), 3)), 1), 0.05, 0.95)
    ours = scorer(target("multilabel", 3), truth, probability)(weights[None].astype(float))
    true, p = repeated(weights, truth, probability)
    chosen = (p > 0.5).astype(int)
    same(ours["subset_accuracy"][0], sk.accuracy_score(true, chosen))
    same(ours["hamming_loss"][0], sk.hamming_loss(true, chosen))
    same(ours["f1_micro"][0], f_score("f1", true, chosen, average="micro"))
    per_label = np.asarray(f_score("f1", true, chosen, average=None))
    defined = per_label[~np.isnan(per_label)]
    same(ours["f1_macro"][0], defined.mean() if len(defined) else None)
    same(ours["log_loss"][0], np.mean([sk.log_loss(true[:, k], p[:, k], labels=[0, 1]) for k in range(3)]))
    areas = [sk.roc_auc_score(true[:, k], p[:, k]) for k in range(3) if len(np.unique(true[:, k])) == 2]
    same(ours["roc_auc_macro"][0], np.mean(areas) if areas else None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.sampled_from([0, 1, 1e3, -1e6]))
def test_regression_metrics_of_a_resample_are_those_of_scikit_learn_on_the_drawn_rows(seed, rows, shift):
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, rows) + float(shift)
    prediction = truth + rng.normal(size=rows)
    weights = rng.integers(0, 3, rows)
    weights[0] += 1
    ours = scorer(target("regression"), truth, prediction)(weights[None].astype(float))
    true, predicted = repeated(weights, truth, prediction)
    np.testing.assert_allclose(ours["rmse"][0], sk.root_mean_squared_error(true, predicted), rtol=1e-9)
    np.testing.assert_allclose(ours["mae"][0], sk.mean_absolute_error(true, predicted), rtol=1e-9)
    r2 = sk.r2_score(true, predicted) if len(np.unique(true)) > 1 else np.nan
    np.testing.assert_allclose(ours["r2"][0], r2, rtol=1e-7)
    if (truth != 0).all():
        np.testing.assert_allclose(ours["mape"][0], sk.mean_absolute_percentage_error(true, predicted), rtol=1e-9)


def test_mape_is_undefined_where_a_true_value_is_zero():
    assert np.isnan(
        scorer(target("regression"), np.array([0.0, 1.0]), np.array([1.0, 1.0]))(np.ones((1, 2)))["mape"][0]
    )


def test_a_certain_but_wrong_prediction_costs_the_log_of_the_resolution_of_float32():
    losses = row_losses(target("binary"), np.array([1]), np.array([[1.0, 0.0]]))
    assert losses[0] == pytest.approx(-np.log(EPSILON))
    assert pytest.approx(15.94, abs=0.01) == losses[0]


def test_equal_probabilities_choose_the_first_class():
    ours = scorer(target("binary"), np.array([0, 1]), np.full((2, 2), 0.5))(np.ones((1, 2)))
    assert ours["recall"][0] == 0
    assert ours["roc_auc"][0] == 0.5
