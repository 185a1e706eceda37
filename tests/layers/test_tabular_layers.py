"""The layers of a tabular network, against numpy and Keras' own losses."""

import keras
import numpy as np
import pytest
from scipy.special import logsumexp

from nnrecipes.layers.category_embedding import CategoryEmbedding
from nnrecipes.layers.fading_dropout import FadingDropout
from nnrecipes.layers.member_head import MemberHead
from nnrecipes.layers.member_scale import MemberScale
from nnrecipes.layers.ntp_dense import NTPDense
from nnrecipes.layers.parametric_activation import ParametricActivation, mish
from nnrecipes.layers.periodic_embedding import PeriodicEmbedding
from nnrecipes.layers.piecewise_linear import PiecewiseLinear

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(6, 2)).astype("float32")


def test_piecewise_linear_is_numpys_interpolation_of_its_values_at_the_edges():
    edges = [[-1.0, 0.0, 0.5, 2.0], [-0.5, 0.25]]
    layer = PiecewiseLinear(edges, dim=3)
    found = layer(ROWS).numpy().reshape(6, 2, 3)
    for feature, row in enumerate(edges):
        bins = len(row) - 1
        steps = layer.kernel.numpy()[feature, :bins] / np.sqrt(bins)
        heights = np.vstack([np.zeros(3), np.cumsum(steps, axis=0)])
        wanted = np.column_stack([np.interp(ROWS[:, feature], row, heights[:, k]) for k in range(3)])
        np.testing.assert_allclose(found[:, feature], wanted, atol=1e-5)


def test_periodic_embedding_is_the_number_and_sums_of_its_waves():
    layer = PeriodicEmbedding(frequencies=5, scale=0.7, dim=3)
    found = layer(ROWS).numpy().reshape(6, 2, 3)
    frequency, phase = 0.1 * layer.frequency.numpy(), 0.1 * layer.phase.numpy()
    waves = np.cos(2 * np.pi * ROWS[:, :, None] * frequency + phase)
    sums = np.einsum("bfi,fid->bfd", waves, layer.kernel.numpy()) / np.sqrt(5)
    np.testing.assert_allclose(found, np.concatenate([ROWS[:, :, None], sums], axis=2), atol=1e-4)
    assert np.abs(phase).max() <= np.pi


def test_an_output_of_ntp_dense_varies_as_much_as_its_input_whatever_the_width():
    for width in (16, 1024):
        rows = RNG.normal(size=(200, width)).astype("float32")
        layer = NTPDense(64, bias_spread=0.0)
        assert layer(rows).numpy().std() == pytest.approx(1.0, rel=0.15)


def test_ntp_dense_of_members_is_one_product_for_all():
    members = RNG.normal(size=(5, 3, 4)).astype("float32")
    layer = NTPDense(7)
    wanted = members @ layer_kernel(layer, members) / 2 + 0.1 * layer.bias.numpy()
    np.testing.assert_allclose(layer(members).numpy(), wanted, atol=1e-5)


def layer_kernel(layer, rows):
    layer(rows)
    return layer.kernel.numpy()


def test_mish_is_that_of_keras():
    x = np.linspace(-90, 90, 501, dtype="float32")
    np.testing.assert_allclose(mish(x).numpy(), keras.activations.mish(x).numpy(), atol=1e-5)


def test_a_share_of_0_makes_the_activation_linear():
    layer = ParametricActivation("relu")
    layer(ROWS)
    layer.share.assign([0.0, 10.0])
    np.testing.assert_allclose(layer(ROWS).numpy(), np.column_stack([ROWS[:, 0], np.maximum(ROWS[:, 1], 0)]), atol=1e-6)


def test_unseen_categories_are_zeros_and_others_rows_of_one_table():
    layer = CategoryEmbedding([3, 11], dim=2)
    found = layer(np.array([[0, 10], [2, 0]], dtype="float32")).numpy()
    table = layer.table.numpy()
    np.testing.assert_array_equal(found, [[0, 0, *table[3 + 10]], [*table[2], 0, 0]])


def test_factors_of_a_vector_are_one_before_training_and_differ_between_members():
    layer = MemberScale(members=3, groups=(2, 1), spread=0.5)
    factors = layer(np.ones((1, 3), "float32")).numpy()[0]
    np.testing.assert_array_equal(factors[:, 0], factors[:, 1])
    assert len(np.unique(factors)) == 6
    assert MemberScale()(ROWS).numpy()[:, 0] == pytest.approx(ROWS, abs=1e-6)


def test_dropout_fades_to_nothing():
    layer = FadingDropout(0.5, seed=3)
    ones = np.ones((100, 100), "float32")
    layer.build(ones.shape)
    for share in (1.0, 0.5, 0.0):
        layer.share.assign(share)
        dropped = layer(ones, training=True).numpy()
        assert (dropped == 0).mean() == pytest.approx(0.5 * share, abs=0.02)
        assert dropped.mean() == pytest.approx(1.0, abs=0.03)


HEADS = [
    ("linear", 2, "mean_squared_error", lambda: RNG.normal(size=(6, 2))),
    ("sigmoid", 3, "binary_crossentropy", lambda: RNG.integers(0, 2, (6, 3))),
    ("softmax", 4, "categorical_crossentropy", lambda: np.eye(4)[RNG.integers(0, 4, 6)]),
]


@pytest.mark.parametrize(("activation", "units", "loss", "labels"), HEADS, ids=lambda item: str(item)[:12])
def test_members_are_trained_by_the_mean_of_their_own_losses(activation, units, loss, labels):
    head = MemberHead(units, activation)
    codes, y = RNG.normal(size=(6, 5, 7)).astype("float32"), labels().astype("float32")
    head(codes)
    head.kernel.assign(RNG.normal(size=head.kernel.shape))
    head.bias.assign(RNG.normal(size=head.bias.shape))
    mean = head(codes, training=True)
    own = np.einsum("bkf,kfu->bku", codes, head.kernel.numpy()) / np.sqrt(7) + 0.1 * head.bias.numpy()
    answers = {"linear": own, "sigmoid": 1 / (1 + np.exp(-own)),
               "softmax": np.exp(own - logsumexp(own, axis=2, keepdims=True))}[activation]  # fmt: skip
    function = keras.losses.get(loss)
    members = np.mean([function(y, answers[:, k]).numpy().mean() for k in range(5)])
    assert float(np.mean(function(y, mean)) + head.losses[0]) == pytest.approx(members, rel=1e-4)


def test_the_prediction_is_that_of_the_members_mean_and_stays_within_the_limits():
    head = MemberHead(limits=(-0.1, 0.1))
    codes = RNG.normal(size=(6, 2, 4)).astype("float32")
    head(codes)
    head.kernel.assign(np.ones((2, 4, 1)))
    wanted = codes.mean(axis=1).sum(axis=1, keepdims=True) / 2
    np.testing.assert_allclose(head(codes).numpy(), np.clip(wanted, -0.1, 0.1), atol=1e-6)
    assert head.losses == []
    np.testing.assert_allclose(head(codes, training=True).numpy(), wanted, atol=1e-6)


def test_quantiles_of_members_rise():
    head = MemberHead(3, rising=True)
    codes = RNG.normal(size=(6, 2, 4)).astype("float32")
    head(codes)
    head.kernel.assign(RNG.normal(size=(2, 4, 3)))
    assert (np.diff(head(codes).numpy(), axis=1) > 0).all()
