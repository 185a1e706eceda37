import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, StratifiedKFold

from nnrecipes.data.spec import derive_seed
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.encoding import Goal, fit_categorical, transform_categorical
from nnrecipes.preprocessing.target_encoding import fit_target_table, out_of_fold, split_folds


def formula(levels, target, *, smoothing, min_samples_leaf):
    """Level -> encoding, from the formula alone."""
    prior, found = target.mean(), {}
    for level in set(levels) - {None}:
        mine = target[levels == level]
        weight = 1 / (1 + np.exp(-(len(mine) - min_samples_leaf) / smoothing))
        found[level] = prior * (1 - weight) + mine.mean() * weight
    return found, prior


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    levels = np.array([f"level {i}" for i in rng.integers(0, 15, 400)], dtype=object)
    levels[rng.random(400) < 0.05] = None
    return levels, rng.normal(50, 10, 400), (rng.random(400) < 0.3).astype(np.int64)


@pytest.mark.parametrize(("smoothing", "leaf"), [(10.0, 20), (1.0, 1), (50.0, 5)])
def test_other_rows_take_the_formula_over_all_training_rows(rows, smoothing, leaf):
    levels, price, _ = rows
    found, prior = formula(levels, price, smoothing=smoothing, min_samples_leaf=leaf)
    column, _ = fit_categorical(levels, encode="target", missing="unknown", scale="none", smoothing=smoothing,
                                min_samples_leaf=leaf, goal=Goal(price.reshape(-1, 1)))  # fmt: skip
    other = ["level 3", "level 11", "never seen", None]
    expected = [found["level 3"], found["level 11"], prior, prior]
    np.testing.assert_allclose(transform_categorical(other, column)[:, 0], expected, rtol=1e-12)


def test_other_rows_equal_category_encoders_bit_for_bit(rows):
    levels, price, _ = rows
    kept = np.array([level is not None for level in levels])
    levels, price = levels[kept], price[kept]
    oracle = ce.TargetEncoder(cols=["city"], smoothing=7, min_samples_leaf=12)
    oracle.fit(pd.DataFrame({"city": levels}), pd.Series(price))
    column, _ = fit_categorical(levels, encode="target", missing="unknown", scale="none", smoothing=7,
                                min_samples_leaf=12, goal=Goal(price.reshape(-1, 1)))  # fmt: skip
    other = np.array(["level 1", "level 14", "never seen"], dtype=object)
    expected = oracle.transform(pd.DataFrame({"city": other}))["city"].to_numpy()
    np.testing.assert_array_equal(transform_categorical(other, column)[:, 0], expected)


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_training_rows_take_the_formula_over_the_other_folds(rows, task):
    levels, price, late = rows
    target = price if task == "regression" else late.astype(float)
    strata = None if task == "regression" else late
    derived = derive_seed(11, "target_encoding")
    splitter = (KFold if strata is None else StratifiedKFold)(4, shuffle=True, random_state=derived)
    expected = np.empty(len(levels))
    for others, fold in splitter.split(levels, strata):
        found, prior = formula(levels[others], target[others], smoothing=10, min_samples_leaf=20)
        expected[fold] = [found.get(level, prior) for level in levels[fold]]
    _, encoded = fit_categorical(levels, encode="target", missing="unknown", scale="none", folds=4, seed=11,
                                 goal=Goal(target.reshape(-1, 1), strata=strata))  # fmt: skip
    np.testing.assert_allclose(encoded[:, 0], expected, rtol=1e-12)


def test_a_row_is_encoded_the_same_whatever_its_own_target_is():
    rng = np.random.default_rng(0)
    codes, price = rng.integers(1, 9, 60), rng.normal(size=(60, 1))
    first = out_of_fold(codes, price, size=8, min_samples_leaf=1, smoothing=1.0)
    for row in (0, 17, 59):
        changed = price.copy()
        changed[row] = 1e6
        assert out_of_fold(codes, changed, size=8, min_samples_leaf=1, smoothing=1.0)[row] == first[row]


def test_a_multiclass_target_has_one_column_a_class(rows):
    levels, _, _ = rows
    grade = np.random.default_rng(1).integers(0, 3, len(levels))
    goal = Goal(np.eye(3)[grade], ("a", "b", "c"), strata=grade)
    column, encoded = fit_categorical(levels, encode="target", missing="unknown", scale="none", goal=goal)
    assert column.names("city") == ("city|a", "city|b", "city|c")
    assert encoded.shape == (400, 3)
    for k in range(3):
        found, prior = formula(levels, (grade == k).astype(float), smoothing=10, min_samples_leaf=20)
        np.testing.assert_allclose(transform_categorical(["level 5", None], column)[:, k], [found["level 5"], prior])
    np.testing.assert_allclose(transform_categorical(["level 5", "new"], column).sum(axis=1), 1)


def test_no_smoothing_is_a_step_at_min_samples_leaf():
    codes, target = np.array([1, 1, 1, 2, 2, 3]), np.array([[1.0], [1.0], [1.0], [1.0], [1.0], [0.0]])
    table = fit_target_table(codes, target, size=3, smoothing=0.0, min_samples_leaf=2)
    prior = 5 / 6
    np.testing.assert_allclose(table[:, 0], [prior, 1.0, (prior + 1) / 2, prior])


def test_the_encoded_column_is_scaled_by_its_out_of_fold_training_values(rows):
    levels, price, _ = rows
    goal = Goal(price.reshape(-1, 1))
    _, plain = fit_categorical(levels, encode="target", missing="unknown", scale="none", goal=goal)
    column, scaled = fit_categorical(levels, encode="target", missing="unknown", scale="standard", goal=goal)
    np.testing.assert_allclose(scaled, (plain - plain.mean()) / plain.std(), rtol=1e-9)
    np.testing.assert_allclose(transform_categorical(["new"], column), (price.mean() - plain.mean()) / plain.std())


def test_folds_follow_the_seed():
    folds = [[fold.tolist() for _, fold in split_folds(50, seed=seed)] for seed in (1, 1, 2)]
    assert folds[0] == folds[1] != folds[2]


def test_a_class_with_fewer_rows_than_folds_is_encoded_all_the_same():
    strata = np.array([0] * 20 + [1] * 3)
    folds = [fold for _, fold in split_folds(23, strata=strata, folds=5)]
    assert sorted(np.concatenate(folds)) == list(range(23))
    assert max(strata[fold].sum() for fold in folds) == 1


def test_more_folds_than_rows_leave_one_out():
    assert [len(fold) for _, fold in split_folds(3, strata=np.array([0, 1, 1]), folds=10)] == [1, 1, 1]


def test_one_row_cannot_be_encoded_out_of_fold():
    with pytest.raises(DataError, match="at least 2 training rows"):
        list(split_folds(1))


def test_a_target_is_needed():
    with pytest.raises(DataError, match="city: expected a target to encode against"):
        fit_categorical(["a"], encode="target", where="city")
