import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import cosine_similarity

from nnrecipes.errors import DataError
from nnrecipes.training.closed_form import fit_ease, fit_item_knn, refuse_squares


@pytest.fixture(scope="module")
def histories():
    return (np.random.default_rng(0).random((60, 12)) < 0.3).astype(np.float64)


def test_each_column_of_ease_is_a_ridge_regression_on_the_other_items(histories):
    weights = fit_ease(csr_matrix(histories), l2=7.0)
    for item in range(12):
        others = np.delete(np.arange(12), item)
        ridge = Ridge(alpha=7.0, fit_intercept=False).fit(histories[:, others], histories[:, item])
        np.testing.assert_allclose(weights[others, item], ridge.coef_, atol=1e-6)
    assert (np.diag(weights) == 0).all()


def test_dropout_is_a_ridge_by_frequency_and_users_weigh_less_by_length(histories):
    weights = fit_ease(csr_matrix(histories), l2=3.0, dropout=0.4, user_power=0.5)
    weigh = np.maximum(histories.sum(axis=1), 1) ** -0.5
    weigh /= weigh.mean()
    ridge_of = 3.0 + 0.4 / 0.6 * (weigh[:, None] * histories).sum(axis=0)
    for item in range(12):
        others = np.delete(np.arange(12), item)
        root = np.sqrt(ridge_of[others])
        ridge = Ridge(alpha=1.0, fit_intercept=False)
        ridge.fit(histories[:, others] / root, histories[:, item], sample_weight=weigh)
        np.testing.assert_allclose(weights[others, item], ridge.coef_ / root, atol=1e-6)


def test_item_knn_is_the_cosine_of_columns_and_keeps_the_nearest(histories):
    cosine = cosine_similarity(histories.T)
    np.fill_diagonal(cosine, 0)
    np.testing.assert_allclose(fit_item_knn(csr_matrix(histories)), cosine, atol=1e-6)
    near = fit_item_knn(csr_matrix(histories), neighbours=3)
    for item in range(12):
        kept = np.flatnonzero(near[:, item])
        assert set(np.argsort(-cosine[:, item])[:3]) <= set(kept)
        np.testing.assert_allclose(near[kept, item], cosine[kept, item], atol=1e-6)


def test_shrinkage_multiplies_by_the_share_of_common_users(histories):
    common = histories.T @ histories
    plain, shrunk = fit_item_knn(csr_matrix(histories)), fit_item_knn(csr_matrix(histories), shrinkage=5.0)
    np.testing.assert_allclose(shrunk, plain * common / (common + 5), atol=1e-6)


def test_arrays_that_do_not_fit_are_refused_with_their_size_before_they_are_made():
    with pytest.raises(DataError, match=r"EASE.*100,000 x 100,000 items: 74\.5 GiB each"):
        refuse_squares(100_000, "EASE", memory=16 * 2**30)
    with pytest.raises(DataError, match=r"item-kNN.*GiB each, 3 of them.*mult_dae"):
        fit_item_knn(csr_matrix((3, 400_000)), memory=2**30)
    wide = csr_matrix((np.ones(2), [0, 399_999], [0, 1, 2]), shape=(2, 400_000))
    with pytest.raises(DataError, match="1,192"):
        fit_ease(wide)
