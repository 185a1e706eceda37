"""Scalers in the graph give what scikit-learn's give, in float32."""

import numpy as np
import pytest
from scipy.special import ndtri

from nnrecipes.inference.export.scalers import _normal_quantile, scale_block, unscale, unscale_columns
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler, scale
from nnrecipes.preprocessing.scaling import unscale as plainly_unscaled

rng = np.random.default_rng(0)
COLUMNS = {
    "lognormal": rng.lognormal(size=4000),
    "ties": rng.poisson(3, 4000) * 0.1,
    "years": rng.integers(2000, 2024, 4000).astype(float),
    "binary": rng.integers(0, 2, 3000).astype(float),
    "constant": np.full(50, 7.0),
    "four": np.array([1.0, 2.0, 3.0, 5.0]),
}
KINDS = ["standard", "minmax", "robust", "robust_clip", "quantile", "none"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", list(COLUMNS))
def test_scaled_numbers_are_scikit_learns(name, kind):
    values = COLUMNS[name]
    scaler = fit_scaler(values, kind)
    far = [values.min() - 1, values.max() + 1, values.max() * 1000, -1e30]
    numbers = np.concatenate([values[:1000], far])
    if kind != "quantile":  # whose own values are to be hit exactly
        numbers = numbers.astype(np.float32).astype(np.float64)
    found = np.asarray(scale_block(numbers.astype(np.float32)[:, None], [scaler], [None]))[:, 0]
    expected = scale(numbers, scaler)
    assert (np.abs(found - expected) / np.maximum(1, np.abs(expected))).max() < 1e-6


def test_a_large_offset_costs_no_digit():
    seconds = 1.7e9 + np.arange(0.0, 1e5, 10)
    scaler = fit_scaler(seconds, "standard")
    found = np.asarray(scale_block(seconds[:, None], [scaler], [None]))[:, 0]  # float64 in
    assert np.abs(found - scale(seconds, scaler)).max() < 1e-6


def test_missing_numbers_become_their_scaled_fill():
    scalers = [Scaler("standard", 10.0, 2.0), Scaler("robust_clip", 0.0, 1.0)]
    rows = np.array([[np.nan, 3.0], [12.0, np.nan]], np.float32)
    found = np.asarray(scale_block(rows, scalers, [14.0, None]))
    np.testing.assert_allclose(found, [[2.0, 3 / np.sqrt(2)], [1.0, 0.0]], rtol=1e-6)


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust", "log", "none"])
def test_targets_come_back_in_their_unit(kind):
    scaler = fit_scaler(np.array([120_000.0, 450_000.0, 90_000.0, 2_000_000.0]), kind)
    numbers = np.linspace(-2, 3, 50).astype(np.float32)
    expected = plainly_unscaled(numbers.astype(np.float64), scaler)
    found = np.asarray(unscale(numbers[:, None], scaler))[:, 0]
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6 * np.abs(expected).max())


def test_several_columns_come_back_in_theirs():
    scalers = [Scaler("standard", 5.0, 2.0), Scaler("minmax", -1.0, 0.5), Scaler()]
    np.testing.assert_allclose(unscale_columns(np.array([[1.0, 0.0, 3.0]]), scalers), [[7.0, 2.0, 3.0]])


def test_the_normal_quantile_is_scipys():
    p = np.concatenate([np.geomspace(1e-7, 0.5, 500), [0.5]]).astype(np.float32)
    np.testing.assert_allclose(-np.asarray(_normal_quantile(p)), ndtri(p.astype(np.float64)), rtol=1e-6, atol=1e-6)
