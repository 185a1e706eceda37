"""A network and its rows -> a batch size and the reasons: updates an epoch, noise of the gradient, memory.

The noise scale ``B = tr(S) / |G|^2`` says how many rows a gradient needs before more of them tell little that is new:
``G`` is the mean gradient and ``S`` the covariance over rows. It is estimated, without bias, from the norms of
gradients of small and of large batches at the initial weights; it grows with training, so it is a bound for later.

References:
    McCandlish et al. (2018), An Empirical Model of Large-Batch Training, appendix A.1. arXiv:1812.06162
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array, Arrays, derive_seed

if TYPE_CHECKING:
    import keras

LEAST_UPDATES = 20
"""Updates an epoch below which an epoch is too short to learn much in."""
SMALL, LARGE, DRAWS = 8, 128, 12
LEAST, MOST = 8, 1024


@dataclass(frozen=True)
class BatchSize:
    """A recommendation.

    Args:
        rows: The batch size, a power of two.
        updates: An epoch's, with this size.
        noise: The noise scale in rows at the initial weights; NaN where the gradient's mean is lost in its noise.
        mebibytes: Of the rows of one batch, as the network takes them.
        reasons: The same in words.
    """

    rows: int
    updates: int
    noise: float
    mebibytes: float
    reasons: tuple[str, ...]


def recommend_batch_size(model: "keras.Model", rows: Arrays, *, seed: int = 0) -> BatchSize:
    """Return a batch size for a compiled model and its training rows; the model is left as it was."""
    noise = noise_scale(model, rows, seed=seed)
    most = 2 ** int(np.log2(max(len(rows) / LEAST_UPDATES, LEAST)))
    wanted = LARGE if not np.isfinite(noise) else 2 ** int(np.ceil(np.log2(max(noise, LEAST))))
    size = int(np.clip(min(wanted, most), LEAST, MOST))
    updates = -(-len(rows) // size)
    tables = [values for part in (rows.x, rows.y) for values in part.values()]
    memory = sum(values.nbytes for values in tables) / max(len(rows), 1) * size / 2**20
    known = f"about {noise:,.0f} rows" if np.isfinite(noise) else "too large to be measured"
    reasons = (
        f"{updates:,} updates an epoch of {len(rows):,} rows ({LEAST_UPDATES} or more are wanted)",
        f"noise scale of the gradient {known}: smaller batches are noisy, larger ones tell little that is new",
        f"{memory:.2g} MiB of rows a batch",
    )
    return BatchSize(size, updates, float(noise), float(memory), reasons)


def noise_scale(model: "keras.Model", rows: Arrays, *, seed: int = 0) -> float:
    """Return ``tr(S) / |G|^2`` in rows, from batches of two sizes; NaN where ``|G|^2`` comes out below 0."""
    random = np.random.default_rng(derive_seed(seed, "noise scale"))
    large = min(LARGE, len(rows))
    large -= large % SMALL
    small = SMALL
    if large <= small:
        return float("nan")
    norms: dict[int, list[float]] = {small: [], large: []}
    for _ in range(DRAWS):  # the small batches are parts of the large one, so their mean norm is never below its own
        drawn = random.choice(len(rows), large, replace=False)
        norms[large].append(_gradient_norm(model, rows, drawn))
        norms[small] += [_gradient_norm(model, rows, drawn[at : at + small]) for at in range(0, large, small)]
    few, many = float(np.mean(norms[small])), float(np.mean(norms[large]))
    mean = (large * many - small * few) / (large - small)
    spread = (few - many) / (1 / small - 1 / large)
    return spread / mean if mean > 0 and spread > 0 else float("nan")


def _gradient_norm(model: "keras.Model", rows: Arrays, places: Array) -> float:
    """The squared norm of the loss's gradient over one batch, without dropout."""
    import tensorflow as tf

    from nnrecipes.training.ensemble import take
    from nnrecipes.training.fit import rows_of

    x, y, *weights = rows_of(take(rows, places))
    with tf.GradientTape() as tape:
        predicted = model(x, training=False)
        loss = model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=weights[0] if weights else None)
    found = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    return float(sum(tf.reduce_sum(tf.square(tf.convert_to_tensor(each))) for each in found if each is not None))
