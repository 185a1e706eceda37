import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnrecipes.errors import DataError
from nnrecipes.preprocessing.numeric import fit_numeric, transform_numeric


@pytest.fixture
def columns():
    values = load_diabetes(scaled=False).data[:, 3].copy()
    values[::7] = np.nan
    return values[:300], values[300:]


@pytest.mark.parametrize("missing", ["median", "mean", "most_frequent"])
def test_fill_then_scale_equals_that_of_scikit_learn_bit_for_bit(columns, missing):
    train, test = columns
    oracle = make_pipeline(SimpleImputer(strategy=missing), StandardScaler()).fit(train.reshape(-1, 1))
    column = fit_numeric(train, missing=missing)
    np.testing.assert_array_equal(transform_numeric(test, column), oracle.transform(test.reshape(-1, 1)))


def test_constant_takes_the_fill_value(columns):
    train, test = columns
    oracle = make_pipeline(SimpleImputer(strategy="constant", fill_value=-1.5), StandardScaler()).fit(
        train.reshape(-1, 1)
    )
    column = fit_numeric(train, missing="constant", fill_value=-1.5)
    np.testing.assert_array_equal(transform_numeric(test, column), oracle.transform(test.reshape(-1, 1)))


def test_indicator_is_the_median_and_an_unscaled_mark(columns):
    train, test = columns
    column = fit_numeric(train, missing="indicator")
    found = transform_numeric(test, column)
    np.testing.assert_array_equal(found[:, :1], transform_numeric(test, fit_numeric(train, missing="median")))
    np.testing.assert_array_equal(found[:, 1], np.isnan(test))
    assert column.names("age") == ("age", "age_missing")


def test_indicator_has_its_column_even_if_no_training_row_is_missing():
    column = fit_numeric(np.array([1.0, 3.0]), missing="indicator")
    np.testing.assert_array_equal(transform_numeric(np.array([np.nan]), column), [[0.0, 1.0]])


@pytest.mark.parametrize("missing", ["refuse", "drop"])
def test_gaps_are_refused_unless_a_policy_fills_them(columns, missing):
    with pytest.raises(
        DataError, match=f"bmi: expected a value in each training row .missing: {missing}.. Received: 43"
    ):
        fit_numeric(columns[0], missing=missing, where="bmi")


def test_a_column_without_any_value_has_no_median():
    with pytest.raises(DataError, match="Received: 4 missing"):
        fit_numeric(np.full(4, np.nan), missing="median")
    assert fit_numeric(np.full(4, np.nan), missing="constant", fill_value=2.0).fill == 2.0
