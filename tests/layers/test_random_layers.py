"""Our generator and the layers on it: statistics against scipy, the same numbers with XLA and without."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from nnrecipes.layers.dropout import Dropout
from nnrecipes.layers.gaussian_noise import GaussianNoise
from nnrecipes.layers.random_bits import next_key, random_bits, random_normal, random_uniform


def key(*numbers):
    return tf.constant(numbers, tf.uint32)


def generator(seed=7):
    return keras.random.SeedGenerator(seed)


def masks(layer, shape, steps):
    ones = tf.ones(shape)
    return np.stack([layer(ones, training=True).numpy() > 0 for _ in range(steps)])


def test_uniform_numbers_are_uniform():
    values = random_uniform((300_000,), key(3, 4)).numpy()
    assert values.min() > 0
    assert values.max() < 1
    assert stats.kstest(values, "uniform").pvalue > 0.001


def test_every_bit_is_set_half_the_time_and_no_two_bits_go_together():
    bits = np.unpackbits(random_bits((100_000,), key(5, 6)).numpy().view(np.uint8)).reshape(-1, 32).astype("float64")
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(len(bits))
    together = np.corrcoef(bits.T) - np.eye(32)
    assert np.abs(together).max() < 5 / np.sqrt(len(bits))


def test_normal_numbers_are_normal():
    values = random_normal((300_000,), key(1, 2)).numpy()
    assert stats.kstest(values, "norm").pvalue > 0.001
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 5 / np.sqrt(len(values))


def test_draws_of_neighbouring_seeds_and_steps_are_independent():
    rows = []
    for seed in (0, 1, 2, 2**31 - 1):
        source = generator(seed)
        rows += [random_uniform((20_000,), next_key(source)).numpy() for _ in range(6)]
    apart = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(apart).max() < 5 / np.sqrt(20_000)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.9])
def test_dropout_keeps_its_share_and_the_mean(rate):
    values = Dropout(rate, seed=1)(tf.ones((400, 500)), training=True).numpy()
    kept, error = (values > 0).mean(), np.sqrt(rate * (1 - rate) / values.size)
    assert abs(kept - (1 - rate)) < 5 * error
    np.testing.assert_allclose(values[values > 0], 1 / (1 - rate), rtol=1e-6)


def test_masks_of_steps_layers_rows_and_units_are_independent():
    first, other = (masks(Dropout(0.5, seed=seed), (64, 64), 50).astype("float64") - 0.5 for seed in (1, 2))
    limit = 5 * 0.25 / np.sqrt(49 * 64 * 64)
    for a, b in ((first[:-1], first[1:]), (first[:-1], other[:-1]), (first[:-1], other[1:])):
        assert abs((a * b).mean()) < limit
    assert abs((first[:, :-1] * first[:, 1:]).mean()) < 1.1 * limit
    assert abs((first[:, :, :-1] * first[:, :, 1:]).mean()) < 1.1 * limit


def test_no_mask_comes_again_within_a_long_training():
    layer = Dropout(0.5, seed=3)
    seen = {np.packbits(layer(tf.ones((16, 16)), training=True).numpy() > 0).tobytes() for _ in range(400)}
    assert len(seen) == 400


@pytest.mark.parametrize("make", [lambda: Dropout(0.3, seed=5), lambda: GaussianNoise(0.5, seed=5)])
def test_xla_the_graph_and_eager_draw_the_same(make):
    x, outputs = tf.random.stateless_normal((33, 17), (1, 2)), []
    for wrap in (lambda f: f, tf.function, lambda f: tf.function(f, jit_compile=True)):
        layer = make()
        step = wrap(lambda values, layer=layer: layer(values, training=True))
        outputs.append([step(x).numpy() for _ in range(3)])
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-6)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-6)
    assert np.abs(outputs[0][0] - outputs[0][1]).max() > 0.1


def test_noise_has_its_standard_deviation():
    noise = GaussianNoise(0.25, seed=1)(tf.zeros((300, 300)), training=True).numpy()
    assert noise.std() == pytest.approx(0.25, rel=0.02)
    assert abs(noise.mean()) < 5 * 0.25 / 300


@pytest.mark.parametrize("layer", [Dropout(0.5), GaussianNoise(1.0), Dropout(0.0), GaussianNoise(0.0)])
def test_nothing_happens_outside_training(layer):
    x = tf.random.stateless_normal((4, 5), (1, 2))
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer(x, training=False), x)


def test_dropout_of_rate_one_drops_all():
    assert not np.any(Dropout(1.0)(tf.ones((3, 3)), training=True))


def test_a_noise_shape_shares_the_mask_along_an_axis():
    values = Dropout(0.5, noise_shape=(None, 1, None), seed=2)(tf.ones((8, 5, 6)), training=True).numpy()
    assert (values == values[:, :1]).all()
    assert 0 < (values > 0).mean() < 1


def test_half_precision_keeps_its_dtype():
    assert Dropout(0.5, dtype="float16")(tf.ones((4, 4), tf.float16), training=True).dtype == tf.float16
    assert GaussianNoise(0.5, dtype="float16")(tf.ones((4, 4), tf.float16), training=True).dtype == tf.float16


@pytest.mark.parametrize("kind", [Dropout, GaussianNoise])
def test_a_saved_layer_loads_safely(kind, tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), kind(0.5, seed=9)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert type(loaded.layers[-1]) is kind
    x = tf.ones((5, 3))
    np.testing.assert_array_equal(model(x, training=True), loaded(x, training=True))
