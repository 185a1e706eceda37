import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer

from nnrecipes.errors import DataError
from nnrecipes.preprocessing.categorical import (
    count_unseen,
    encode_levels,
    fit_levels,
    fit_one_hot,
    fit_ordinal,
    sort_levels,
)

TRAIN = pd.Series(["rome", "oslo", "rome", "bern", "oslo", "rome"], dtype=object)
TEST = pd.Series(["bern", "lima", None, "oslo"], dtype=object)


def test_one_hot_equals_that_of_category_encoders():
    encoder = ce.OneHotEncoder(cols=["city"], use_cat_names=True).fit(TRAIN.to_frame("city"))
    expected = encoder.transform(TEST.to_frame("city"))[["city_bern", "city_oslo", "city_rome"]].to_numpy()
    levels = fit_levels(TRAIN, missing="unknown")
    np.testing.assert_array_equal(fit_one_hot(levels)[encode_levels(TEST, levels)], expected)
    assert levels.columns("city") == ("city=bern", "city=oslo", "city=rome")


def test_ordinal_equals_that_of_category_encoders_with_zero_for_unseen_and_missing():
    mapping = [{"col": "city", "mapping": {"bern": 1, "oslo": 2, "rome": 3}}]
    encoder = ce.OrdinalEncoder(cols=["city"], mapping=mapping).fit(TRAIN.to_frame("city"))
    expected = encoder.transform(TEST.to_frame("city"))["city"].clip(lower=0).to_numpy()
    levels = fit_levels(TRAIN, missing="unknown")
    np.testing.assert_array_equal(fit_ordinal(levels)[encode_levels(TEST, levels)][:, 0], expected)
    assert expected.tolist() == [1, 0, 0, 2]


def test_unseen_and_missing_categories_are_zeros_in_one_hot():
    levels = fit_levels(TRAIN, missing="unknown")
    assert not fit_one_hot(levels)[encode_levels(TEST, levels)][1:3].any()


def test_missing_can_be_a_level_of_its_own():
    levels = fit_levels(["b", None, "a"], missing="indicator")
    assert levels.columns("x") == ("x=a", "x=b", "x_missing")
    np.testing.assert_array_equal(encode_levels(["a", "b", None, "c"], levels), [1, 2, 3, 0])


def test_missing_is_unseen_where_no_training_row_is_missing():
    levels = fit_levels(["b", "a"], missing="indicator")
    np.testing.assert_array_equal(encode_levels([None, "b"], levels), [0, 2])


def test_most_frequent_is_that_of_scikit_learn_ties_too():
    for values in (["b", "a", None, "b"], ["b", "a", None, "b", "a"]):
        column = np.array(values, dtype=object).reshape(-1, 1)
        expected = SimpleImputer(strategy="most_frequent", missing_values=None).fit(column).statistics_[0]
        assert fit_levels(values, missing="most_frequent").fill == expected


def test_a_constant_joins_a_level_of_that_name():
    levels = fit_levels(["none", None, "x"], missing="constant", fill_value="none")
    np.testing.assert_array_equal(encode_levels([None, "none", "x"], levels), [1, 1, 2])


def test_the_texts_nan_and_none_are_categories():
    levels = fit_levels(["nan", "None", None, ""], missing="unknown")
    assert levels.names == ("", "None", "nan")
    np.testing.assert_array_equal(encode_levels(["nan", None, ""], levels), [3, 0, 1])


def test_numbers_are_sorted_by_size():
    assert sort_levels(["100", "20", "3"]) == ("3", "20", "100")
    assert sort_levels(["100", "20", "nan"]) == ("100", "20", "nan")


def test_unseen_counts_rows_not_levels_and_leaves_out_the_missing():
    assert count_unseen(["lima", "lima", None, "rome"], fit_levels(TRAIN)) == 2


@pytest.mark.parametrize("missing", ["refuse", "drop"])
def test_missing_categories_are_refused_unless_a_policy_takes_them(missing):
    with pytest.raises(DataError, match=f"city: .*missing: {missing}.*Received: 1 missing"):
        fit_levels(["a", None], missing=missing, where="city")


def test_a_column_without_any_category_is_refused():
    with pytest.raises(DataError, match="Received: 2 rows, all missing"):
        fit_levels([None, None], missing="unknown")
