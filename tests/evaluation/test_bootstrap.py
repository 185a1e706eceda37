import numpy as np
import pytest

from nnrecipes.evaluation import bootstrap as module
from nnrecipes.evaluation.bootstrap import bootstrap, interval, resample_weights


def mean_of(values):
    return lambda weights: {"mean": weights @ values / weights.sum(axis=1)}


def test_every_resample_weighs_as_many_rows_as_there_are():
    weights = np.concatenate(list(resample_weights(17, 50, seed=1)))
    assert weights.shape == (50, 17)
    assert (weights.sum(axis=1) == 17).all()


def test_the_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).normal(10, 2, 2000)
    low, high = interval(bootstrap(mean_of(values), 2000, resamples=2000, seed=0)["mean"], 0.95)
    error = 1.96 * values.std() / np.sqrt(2000)
    assert low == pytest.approx(values.mean() - error, abs=0.01)
    assert high == pytest.approx(values.mean() + error, abs=0.01)


def test_resamples_do_not_depend_on_the_chunks(monkeypatch):
    whole = np.concatenate(list(resample_weights(30, 20, seed=3)))
    monkeypatch.setattr(module, "CELLS", 100)
    chunks = list(resample_weights(30, 20, seed=3))
    assert len(chunks) == 7
    np.testing.assert_array_equal(np.concatenate(chunks), whole)


def test_the_seed_decides_the_resamples():
    one, same, other = (next(resample_weights(30, 5, seed)) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_undefined_resamples_are_left_out():
    assert interval(np.array([np.nan, 1.0, 1.0, 1.0]), 0.9) == (1.0, 1.0)


def test_mostly_undefined_resamples_have_no_interval():
    assert interval(np.array([np.nan, np.nan, 1.0]), 0.9) is None
    assert interval(np.full(3, np.nan), 0.9) is None
