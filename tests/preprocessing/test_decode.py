import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from nnrecipes.data.spec import TargetSpec
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.decode import decode_output
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler, scale

CLASSES = ("a", "b", "c")


def head(task, activation, labels, classes=(), units=1):
    return TargetSpec("t", "out", task, activation, labels, classes, units)


@pytest.mark.parametrize("shape", [(-1, 1), (-1,)])
@pytest.mark.parametrize("kind", ["standard", "minmax", "robust", "none"])
def test_regression_comes_back_in_its_own_unit(kind, shape):
    target = load_diabetes(scaled=False).target
    scaler = fit_scaler(target, kind)
    raw = scale(target, scaler).astype(np.float32).reshape(shape)
    found = decode_output(raw, head("regression", "linear", "value"), scaler)
    assert (found.dtype, found.shape) == (np.float64, target.shape)
    np.testing.assert_allclose(found, target, rtol=1e-5)


def test_one_sigmoid_becomes_negative_and_positive():
    found = decode_output(np.array([[0.25], [1.0]]), head("binary", "sigmoid", "binary", ("n", "y")), Scaler())
    np.testing.assert_array_equal(found, [[0.75, 0.25], [0.0, 1.0]])


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_hinge_outputs_map_from_minus_one_and_one(activation):
    raw = np.array([[-3.0], [-1.0], [0.0], [0.5], [2.0]])
    found = decode_output(raw, head("binary", activation, "binary", ("n", "y")), Scaler())
    np.testing.assert_array_equal(found[:, 1], [0.0, 0.0, 0.5, 0.75, 1.0])
    np.testing.assert_array_equal(found.sum(axis=1), 1)


def test_a_float32_softmax_sums_to_one_in_float64():
    logits = np.random.default_rng(0).normal(size=(500, 3))
    raw = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    found = decode_output(raw, head("multiclass", "softmax", "index", CLASSES, 3), Scaler())
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-15)
    np.testing.assert_allclose(found, raw, atol=1e-7)


def test_one_vs_rest_sigmoids_are_divided_by_their_sum():
    raw = np.array([[0.5, 0.25, 0.25], [0.9, 0.9, 0.0], [0.0, 0.0, 0.0]])
    found = decode_output(raw, head("multiclass", "sigmoid", "one_hot", CLASSES, 3), Scaler())
    np.testing.assert_allclose(found, [[0.5, 0.25, 0.25], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]])


def test_multilabel_sigmoids_stay():
    raw = np.array([[0.9, 0.8, 0.1]])
    np.testing.assert_array_equal(
        decode_output(raw, head("multilabel", "sigmoid", "multi_hot", CLASSES, 3), Scaler()), raw
    )


def test_nan_is_not_hidden():
    raw = np.array([[np.nan, 0.5, 0.5]])
    assert np.isnan(decode_output(raw, head("multiclass", "softmax", "index", CLASSES, 3), Scaler())).all()


def test_a_wrong_number_of_units_is_refused():
    with pytest.raises(DataError, match=r"output 'out': expected an array \(rows, 3\) .*Received: shape \(4, 2\)"):
        decode_output(np.zeros((4, 2)), head("multiclass", "softmax", "index", CLASSES, 3), Scaler())
