"""Target encoding with and without the leak: one honest feature beside a column of noise with 1,200 levels."""

import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from nnrecipes.data.schema import Schema
from nnrecipes.preprocessing.plans import CategoricalPlan, InputPlan, NumericPlan, Plan, TargetPlan
from nnrecipes.preprocessing.preprocessor import Preprocessor

ROWS, TRAIN = 6000, 3000


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    honest = rng.normal(size=ROWS)
    late = rng.random(ROWS) < 1 / (1 + np.exp(-0.7 * honest))
    noise = np.array([f"id {i}" for i in rng.integers(0, 1200, ROWS)], dtype=object)
    return pd.DataFrame({"honest": honest, "noise": noise, "late": np.where(late, "yes", "no").astype(object)})


def aucs(train_x, train_y, test_x, test_y):
    model = LogisticRegression(C=100.0).fit(train_x, train_y)
    return tuple(roc_auc_score(y, model.decision_function(x)) for x, y in ((train_x, train_y), (test_x, test_y)))


@pytest.fixture(scope="module")
def honest_auc(rows):
    late = (rows["late"] == "yes").to_numpy()
    return aucs(rows[["honest"]][:TRAIN], late[:TRAIN], rows[["honest"]][TRAIN:], late[TRAIN:])[1]


def test_plain_target_encoding_of_noise_looks_perfect_in_training_and_hurts_on_test_rows(rows, honest_auc):
    late = (rows["late"] == "yes").astype(float)
    encoder = ce.TargetEncoder(cols=["noise"], smoothing=1.0, min_samples_leaf=1)
    train = encoder.fit_transform(rows[["honest", "noise"]][:TRAIN], late[:TRAIN])
    test = encoder.transform(rows[["honest", "noise"]][TRAIN:])
    train_auc, test_auc = aucs(train, late[:TRAIN], test, late[TRAIN:])
    assert train_auc > test_auc + 0.15
    assert test_auc < honest_auc - 0.03


@pytest.mark.parametrize("encode", ["target", "catboost"])
def test_our_encoding_of_noise_shows_nothing_in_training_and_costs_nothing_on_test_rows(rows, honest_auc, encode):
    plan = Plan(
        (InputPlan("x", ("honest", "noise")),),
        (TargetPlan("late", "late", "binary", "sigmoid", "binary", positive="yes"),),
        {"honest": NumericPlan(), "noise": CategoricalPlan(encode=encode, smoothing=1.0, min_samples_leaf=1)},
        encode_target="late",
    )
    preprocessor = Preprocessor(Schema({"honest": "numeric", "noise": "categorical"}), plan)
    x, y = preprocessor.fit_transform(rows[:TRAIN])
    test_x, test_y = preprocessor.transform(rows[TRAIN:])["x"], preprocessor.labels(rows[TRAIN:])["late"]
    train_auc, test_auc = aucs(x["x"], y["late"][:, 0], test_x, test_y[:, 0])
    assert abs(train_auc - test_auc) < 0.03
    assert test_auc > honest_auc - 0.01
