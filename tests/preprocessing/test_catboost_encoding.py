import category_encoders as ce
import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.spec import derive_seed
from nnrecipes.preprocessing.catboost_encoding import fit_catboost_table, ordered_statistics
from nnrecipes.preprocessing.encoding import Goal, fit_categorical, transform_categorical


@pytest.fixture
def rows():
    rng = np.random.default_rng(5)
    return rng.integers(1, 12, 200), rng.normal(3, 2, (200, 1))


def by_hand(codes, target, order, a):
    prior, sums, counts = target.mean(), {}, {}
    encoded = np.empty(len(codes))
    for row in order:
        level = codes[row]
        encoded[row] = (sums.get(level, 0) + prior * a) / (counts.get(level, 0) + a)
        sums[level] = sums.get(level, 0) + target[row]
        counts[level] = counts.get(level, 0) + 1
    return encoded


@pytest.mark.parametrize("a", [1.0, 4.5])
def test_training_rows_take_the_rows_before_them_in_a_seeded_order(rows, a):
    codes, target = rows
    order = np.random.default_rng(derive_seed(7, "catboost_encoding")).permutation(200)
    found = ordered_statistics(codes, target, prior_weight=a, seed=7)
    np.testing.assert_allclose(found[:, 0], by_hand(codes, target[:, 0], order, a), rtol=1e-10)


def test_training_rows_equal_category_encoders_on_the_same_order(rows):
    codes, target = rows
    order = np.random.default_rng(derive_seed(0, "catboost_encoding")).permutation(200)
    frame = pd.DataFrame({"city": [f"c{code}" for code in codes[order]]}, dtype=object)
    numbers = pd.Series(target[order, 0])
    expected = ce.CatBoostEncoder(cols=["city"], a=2).fit_transform(frame, numbers)["city"].to_numpy()
    found = ordered_statistics(codes, target, prior_weight=2)
    np.testing.assert_array_equal(found[order, 0], expected)


def test_other_rows_equal_category_encoders_bit_for_bit(rows):
    codes, target = rows
    names = np.array([f"c{code:02}" for code in codes], dtype=object)
    oracle = ce.CatBoostEncoder(cols=["city"], a=1).fit(pd.DataFrame({"city": names}), pd.Series(target[:, 0]))
    other = np.array(["c01", "c11", "c99"], dtype=object)
    expected = oracle.transform(pd.DataFrame({"city": other}))["city"].to_numpy()
    column, _ = fit_categorical(names, encode="catboost", scale="none", goal=Goal(target))
    np.testing.assert_array_equal(transform_categorical(other, column)[:, 0], expected)


def test_unseen_missing_and_single_levels_get_the_prior():
    codes, target = np.array([1, 1, 2, 0]), np.array([[1.0], [0.0], [1.0], [1.0]])
    np.testing.assert_allclose(fit_catboost_table(codes, target, size=2)[:, 0], [0.75, (1 + 0.75) / 3, 0.75])
    np.testing.assert_allclose(ordered_statistics(codes, target)[3], 0.75)


def test_a_target_changes_the_encoding_of_later_rows_of_its_level_only(rows):
    codes, target = rows
    order = np.random.default_rng(derive_seed(0, "catboost_encoding")).permutation(200)
    changed = target.copy()
    row, other = order[100], order[101]
    changed[row] += 100
    changed[other] -= 100  # the prior stays
    before, after = ordered_statistics(codes, target), ordered_statistics(codes, changed)
    moved = ~np.isclose(before, after, rtol=1e-6)[:, 0]
    expected = np.isin(codes[order], codes[[row, other]]) & (np.arange(200) > 100)
    expected[101] = codes[other] == codes[row]
    np.testing.assert_array_equal(moved[order], expected)


def test_a_multiclass_target_has_one_column_a_class():
    grade = np.array([0, 1, 2, 0, 1, 2])
    goal = Goal(np.eye(3)[grade], ("x", "y", "z"), strata=grade)
    column, encoded = fit_categorical(list("aabbab"), encode="catboost", scale="none", goal=goal)
    assert column.names("city") == ("city|x", "city|y", "city|z")
    np.testing.assert_allclose(encoded.sum(axis=1), 1)
