"""Training rows -> the closed-form rivals of an autoencoder: PCA, ridge from noisy to clean rows, an isolation forest.

They are strong: at 32 numbers PCA rebuilds digits better than the classic autoencoder, and one linear map takes more
noise out of them than a classic dense denoiser. So no score stands without them.
"""

from dataclasses import dataclass

import numpy as np

from nnrecipes.data.spec import Array

ALPHAS = (1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, eq=False)
class PCA:
    """Principal components: ``code = (x - mean) components^T``, ``x = mean + code components``.

    Args:
        mean: ``(numbers,)``.
        components: ``(length, numbers)``, orthonormal rows.
    """

    mean: Array
    components: Array

    def encode(self, rows: Array) -> Array:
        """``(rows, ...)`` -> ``(rows, length)``."""
        return np.asarray((rows.reshape(len(rows), -1) - self.mean) @ self.components.T)

    def decode(self, codes: Array, shape: tuple[int, ...]) -> Array:
        """``(rows, length)`` -> ``(rows, *shape)``."""
        return np.asarray((self.mean + codes @ self.components).reshape(len(codes), *shape))


def fit_pca(rows: Array, length: int) -> PCA:
    """Return the components of training rows ``(rows, ...)``, at most as many as there are rows or numbers."""
    flat = rows.reshape(len(rows), -1).astype(np.float64)
    mean = flat.mean(axis=0)
    centred = flat - mean
    length = min(length, *flat.shape)
    if flat.shape[1] <= flat.shape[0]:
        vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1].T
    else:
        vectors = np.linalg.svd(centred, full_matrices=False)[2]
    return PCA(mean, vectors[:length])


def fit_ridge(
    noisy: Array, clean: Array, validation_noisy: Array, validation_clean: Array, test_noisy: Array
) -> tuple[Array, float]:
    """Return the test rows without noise by ridge regression, and its penalty, chosen on the validation rows.

    Args:
        noisy: Training rows with noise, ``(rows, ...)``.
        clean: The same without.
        validation_noisy: Of the validation rows.
        validation_clean: Of these.
        test_noisy: The rows to clean.
    """
    x, y, v, w, t = (rows.reshape(len(rows), -1).astype(np.float64)
                     for rows in (noisy, clean, validation_noisy, validation_clean, test_noisy))  # fmt: skip
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    gram, cross = (x - x_mean).T @ (x - x_mean), (x - x_mean).T @ (y - y_mean)
    maps = {alpha: np.linalg.solve(gram + alpha * np.eye(len(gram)), cross) for alpha in ALPHAS}
    errors = {alpha: float(np.mean((y_mean + (v - x_mean) @ each - w) ** 2)) for alpha, each in maps.items()}
    best = min(errors, key=lambda alpha: errors[alpha])
    made = y_mean + (t - x_mean) @ maps[best]
    return made.reshape(len(t), *clean.shape[1:]), best


def isolation_scores(train: Array, others: dict[str, Array], *, seed: int = 0) -> dict[str, Array]:
    """Return set -> how abnormal an isolation forest finds each row (Liu et al., 2008, doi:10.1109/ICDM.2008.17)."""
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(n_estimators=200, random_state=seed).fit(train.reshape(len(train), -1))
    return {name: -forest.score_samples(rows.reshape(len(rows), -1)) for name, rows in others.items()}
