"""The losses of identities against loops over the pairs of a batch."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrecipes.layers.identity_losses import (
    ContrastiveLoss,
    PairCrossentropy,
    SupervisedContrastiveLoss,
    TripletLoss,
)

LOSSES = (ContrastiveLoss(1.2), TripletLoss(0.3), PairCrossentropy(8.0, 0.4), SupervisedContrastiveLoss(0.2))


def batch(seed: int, rows: int = 9, people: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(rows, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return rng.integers(0, people, rows), vectors.astype("float32")


def by_loops(loss, names, vectors):
    """The loss of each anchor, pair by pair, as the module's table says it."""
    found = []
    for i in range(len(names)):
        same = [j for j in range(len(names)) if names[j] == names[i] and j != i]
        other = [j for j in range(len(names)) if names[j] != names[i]]
        s = [float(vectors[i].astype(float) @ vectors[j].astype(float)) for j in range(len(names))]
        d = [np.sqrt(max(2 - 2 * value, 0)) for value in s]
        if isinstance(loss, ContrastiveLoss):
            parts = [[d[j] ** 2 for j in same], [max(0, loss.margin - d[j]) ** 2 for j in other]]
            found.append(sum(np.mean(part) for part in parts if part))
        elif isinstance(loss, TripletLoss):
            both = same and other
            found.append(max(0, loss.margin + max(d[j] for j in same) - min(d[j] for j in other)) if both else 0)
        elif isinstance(loss, PairCrossentropy):
            p = [1 / (1 + np.exp(-loss.scale * (value - loss.offset))) for value in s]
            parts = [[-np.log(p[j]) for j in same], [-np.log(1 - p[j]) for j in other]]
            found.append(sum(np.mean(part) for part in parts if part) / 2)
        else:
            rest = np.log(sum(np.exp(s[j] / loss.temperature) for j in same + other))
            found.append(np.mean([rest - s[j] / loss.temperature for j in same]) if same else 0)
    return np.array(found)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("people", [1, 2, 4, 50])
def test_each_anchor_has_the_loss_that_a_loop_over_pairs_gives(loss, people):
    names, vectors = batch(people, people=people)
    np.testing.assert_allclose(loss.call(names.astype("int32"), vectors), by_loops(loss, names, vectors), atol=2e-5)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_names_of_identities_and_the_order_of_rows_do_not_count(loss):
    names, vectors = batch(3)
    order = np.random.default_rng(0).permutation(len(names))
    renamed = np.array([40, 7, 13, 2])[names]
    assert float(loss(renamed[order], vectors[order])) == pytest.approx(float(loss(names, vectors)), abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_slopes_are_finite_where_two_rows_are_one_point(loss):
    import tensorflow as tf

    vectors = tf.Variable(np.tile(batch(0)[1][:1], (6, 1)))
    with tf.GradientTape() as tape:
        value = loss(np.array([0, 0, 1, 1, 2, 2]), vectors)
    assert np.isfinite(value)
    assert np.isfinite(tape.gradient(value, vectors)).all()


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_loss_is_rebuilt_from_its_config(loss):
    names, vectors = batch(5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(names, vectors)) == float(loss(names, vectors))


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 99))
def test_no_batch_gives_a_loss_below_zero_or_not_finite(rows, people, seed):
    names, vectors = batch(seed, rows, people)
    for loss in LOSSES:
        values = np.asarray(loss.call(names, vectors))
        assert values.shape == (rows,)
        assert np.isfinite(values).all()
        assert (values > -1e-6).all()
