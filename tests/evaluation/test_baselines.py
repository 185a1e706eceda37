import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.baselines import ALPHAS, STRENGTHS, fit_baselines

NUMBER = TargetSpec("y", "y", "regression", "linear", "value")
BINARY = TargetSpec("y", "y", "binary", "sigmoid", "binary", ("no", "yes"))
THREE = TargetSpec("y", "y", "multiclass", "softmax", "index", ("a", "b", "c"))
LABELS = TargetSpec("y", "y", "multilabel", "sigmoid", "multi_hot", ("a", "b", "c"))


def parts(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order].astype(np.float32), y[order]
    thirds = np.array_split(np.arange(len(x)), 3)
    return [({"features": x[rows]}, y[rows]) for rows in thirds]


def baselines(target, train, validation, test):
    return fit_baselines(target, *train, *validation, test[0])


def test_the_mean_of_the_training_rows_is_predicted_for_every_row():
    train, validation, test = parts(*load_diabetes(return_X_y=True))
    found = baselines(NUMBER, train, validation, test)
    assert list(found) == ["mean", "linear"]
    np.testing.assert_allclose(found["mean"], np.full(len(test[1]), train[1].mean()))


def test_the_linear_regression_is_the_ridge_that_is_best_on_the_validation_rows():
    train, validation, test = parts(*load_diabetes(return_X_y=True))
    scale = StandardScaler().fit(train[0]["features"].astype(float)).transform
    models = [Ridge(alpha).fit(scale(train[0]["features"].astype(float)), train[1]) for alpha in ALPHAS]
    errors = [((m.predict(scale(validation[0]["features"].astype(float))) - validation[1]) ** 2).mean() for m in models]
    expected = models[int(np.argmin(errors))].predict(scale(test[0]["features"].astype(float)))
    np.testing.assert_allclose(baselines(NUMBER, train, validation, test)["linear"], expected, rtol=1e-8)


def test_the_linear_classifier_is_the_logistic_regression_that_is_best_on_the_validation_rows():
    train, validation, test = parts(*load_breast_cancer(return_X_y=True))
    scale = StandardScaler().fit(train[0]["features"].astype(float)).transform
    models = [
        LogisticRegression(C=c, max_iter=1000).fit(scale(train[0]["features"].astype(float)), train[1])
        for c in STRENGTHS
    ]
    losses = [log_loss(validation[1], m.predict_proba(scale(validation[0]["features"].astype(float)))) for m in models]
    expected = models[int(np.argmin(losses))].predict_proba(scale(test[0]["features"].astype(float)))
    found = baselines(BINARY, train, validation, test)
    np.testing.assert_allclose(found["linear"], expected, atol=1e-6)
    np.testing.assert_allclose(found["majority"][0], np.bincount(train[1]) / len(train[1]))


def test_three_classes_get_three_probabilities():
    train, validation, test = parts(*load_iris(return_X_y=True))
    found = baselines(THREE, train, validation, test)
    np.testing.assert_allclose(found["linear"].sum(axis=1), 1)
    assert (found["linear"].argmax(axis=1) == test[1]).mean() > 0.9


def test_test_truth_and_test_rows_do_not_touch_the_fit():
    train, validation, test = parts(*load_diabetes(return_X_y=True))
    far = {"features": np.concatenate([test[0]["features"], np.full((5, 10), 1e6, np.float32)])}
    alone = baselines(NUMBER, train, validation, test)["linear"]
    np.testing.assert_allclose(fit_baselines(NUMBER, *train, *validation, far)["linear"][:-5], alone)


def test_codes_are_one_column_each_and_an_unseen_code_is_none_of_them():
    codes = np.array([[0], [1], [2]] * 20, dtype=np.int32)
    truth = np.array([10.0, 20.0, 60.0] * 20)
    found = fit_baselines(NUMBER, {"c": codes}, truth, {"c": codes}, truth, {"c": np.array([[2], [1], [7]], np.int32)})
    np.testing.assert_allclose(found["linear"][:2], [60, 20], atol=0.1)
    assert np.isfinite(found["linear"]).all()


def test_numbers_and_codes_are_used_together():
    rng = np.random.default_rng(0)
    x = {"n": rng.normal(size=(90, 1)).astype(np.float32), "c": rng.integers(0, 3, (90, 2)).astype(np.int32)}
    truth = 5 * x["n"][:, 0].astype(float) + np.array([0.0, 10.0, -10.0])[x["c"][:, 1]]
    np.testing.assert_allclose(fit_baselines(NUMBER, x, truth, x, truth, x)["linear"], truth, atol=0.1)


def test_each_label_has_its_own_classifier():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2)).astype(np.float32)
    truth = np.stack([x[:, 0] > 0, x[:, 1] > 0, np.ones(200)], axis=1).astype(float)
    found = fit_baselines(LABELS, {"x": x}, truth, {"x": x}, truth, {"x": x})
    assert ((found["linear"] > 0.5) == truth.astype(bool)).mean() > 0.98
    np.testing.assert_allclose(found["majority"][0], truth.mean(axis=0))


def test_one_class_in_the_training_rows_is_predicted_for_all():
    x = {"x": np.arange(4, dtype=np.float32)[:, None]}
    found = fit_baselines(BINARY, x, np.zeros(4, np.int64), None, None, x)
    np.testing.assert_array_equal(found["linear"], np.tile([1.0, 0.0], (4, 1)))


def test_a_class_that_training_lacks_has_probability_zero():
    x = {"x": np.arange(6, dtype=np.float32)[:, None]}
    found = fit_baselines(THREE, x, np.array([0, 0, 0, 2, 2, 2]), x, np.array([0, 0, 0, 2, 2, 2]), x)
    np.testing.assert_array_equal(found["linear"][:, 1], 0)
    assert found["linear"].shape == (6, 3)


@pytest.mark.parametrize("shape", [(30, 4, 4), (30, 4, 4, 1)])
def test_images_are_flattened_to_their_pixels(shape):
    x = {"image": np.random.default_rng(0).random(shape).astype(np.float32)}
    truth = x["image"].reshape(30, -1)[:, 3].astype(float)
    assert np.corrcoef(fit_baselines(NUMBER, x, truth, x, truth, x)["linear"], truth)[0, 1] > 0.99
