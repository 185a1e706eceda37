import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from nnrecipes.errors import DataError
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler, scale, unscale

ORACLES = {
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "robust": RobustScaler(),
    "quantile": QuantileTransformer(output_distribution="normal", n_quantiles=100, subsample=None),
}


@pytest.mark.parametrize("kind", ORACLES)
@pytest.mark.parametrize("column", range(13))
def test_scaled_wine_equals_that_of_scikit_learn_bit_for_bit(kind, column):
    values = load_wine().data[:, column]
    train, test = values[:100], np.concatenate([values[100:], [values.min() - 5, values.max() + 5]])
    oracle = ORACLES[kind].fit(train.reshape(-1, 1))
    scaler = fit_scaler(train, kind)
    np.testing.assert_array_equal(scale(train, scaler), oracle.transform(train.reshape(-1, 1))[:, 0])
    np.testing.assert_array_equal(scale(test, scaler), oracle.transform(test.reshape(-1, 1))[:, 0])


def test_more_than_a_thousand_rows_have_a_thousand_quantiles():
    values = np.random.default_rng(0).exponential(size=2500)
    oracle = QuantileTransformer(output_distribution="normal", n_quantiles=1000, subsample=None)
    expected = oracle.fit_transform(values.reshape(-1, 1))[:, 0]
    np.testing.assert_array_equal(scale(values, fit_scaler(values, "quantile")), expected)


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust", "none"])
def test_unscale_is_the_inverse(kind):
    target = load_diabetes(scaled=False).target
    scaler = fit_scaler(target, kind)
    np.testing.assert_allclose(unscale(scale(target, scaler), scaler), target, rtol=1e-14)


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust"])
def test_a_column_without_spread_becomes_zeros(kind):
    values = np.full(10, 7.5)
    np.testing.assert_array_equal(scale(values, fit_scaler(values, kind)), np.zeros(10))


def test_values_are_not_changed_in_place():
    values = np.array([1.0, 2.0, 3.0])
    scale(values, fit_scaler(values, "quantile"))
    np.testing.assert_array_equal(values, [1.0, 2.0, 3.0])


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(DataError, match=r"Received: 'standart'\. Did you mean standard\?"):
        fit_scaler(np.ones(3), "standart")


def test_no_rows_are_refused():
    with pytest.raises(DataError, match="Received: 0 rows"):
        fit_scaler(np.empty(0), "standard")


def test_quantile_has_no_inverse():
    with pytest.raises(DataError, match="where an inverse is needed"):
        unscale(np.zeros(2), Scaler("quantile", quantiles=np.arange(3.0)))


def test_the_logarithm_is_standardised_and_comes_back():
    prices = np.array([100.0, 1000.0, 20.0, 5e6])
    scaler = fit_scaler(prices, "log")
    logs = np.log(prices)
    np.testing.assert_allclose(scale(prices, scaler), (logs - logs.mean()) / logs.std(), rtol=1e-12)
    np.testing.assert_allclose(unscale(scale(prices, scaler), scaler), prices, rtol=1e-12)
    assert np.isfinite(unscale(np.array([1e9]), scaler)).all()
    with pytest.raises(DataError, match="scale: expected numbers above 0 for log. Received: 0 and 0 more"):
        scale(np.array([0.0, 1.0]), scaler)
