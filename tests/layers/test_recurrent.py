"""LSTM and GRU: the states and gradients of Keras' own, with XLA and without."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nnrecipes.layers.gru import GRU
from nnrecipes.layers.lstm import LSTM

KINDS = ((keras.layers.LSTM, LSTM), (keras.layers.GRU, GRU))
EACH = pytest.mark.parametrize("kinds", KINDS, ids=["lstm", "gru"])

MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 1, 0]], bool)
CASES = {
    "last": {},
    "every": {"return_sequences": True},
    "states": {"return_state": True, "return_sequences": True},
    "last-states": {"return_state": True},
    "backwards": {"go_backwards": True, "return_sequences": True},
    "no-bias": {"use_bias": False},
    "kernels-apart": {"implementation": 1},
}
OTHER_LOOP = {
    "relu": {"activation": "relu"},
    "hard": {"recurrent_activation": "hard_sigmoid"},
    "unroll": {"unroll": True, "return_sequences": True},
    "zeros": {"zero_output_for_mask": True, "return_sequences": True},
}


def rows(steps=5, dtype="float32"):
    return np.random.default_rng(0).normal(size=(4, steps, 3)).astype(dtype)


def both(kinds, **options):
    layers = [kind(6, **options) for kind in kinds]
    for layer in layers:
        layer.build((4, 5, 3))
    layers[1].set_weights(layers[0].get_weights())
    return layers


def outputs_and_gradients(layer, x, xla=False, **given):
    @tf.function(jit_compile=xla, autograph=False)
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = tf.nest.flatten(layer(x, **given))
            loss = tf.add_n([tf.reduce_sum(tf.cos(tf.range(tf.size(y), dtype=y.dtype)) * tf.reshape(y, [-1])) * (n + 1)
                             for n, y in enumerate(outputs)])  # fmt: skip
        return outputs, tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])

    return tf.nest.map_structure(np.asarray, run(tf.constant(x)))


def assert_alike(kinds, options, x, *, rtol=1e-5, xla=False, **given):
    theirs, ours = (outputs_and_gradients(layer, x, xla, **given) for layer in both(kinds, **options))
    for expected, value in zip(tf.nest.flatten(theirs), tf.nest.flatten(ours), strict=True):
        np.testing.assert_allclose(value, expected, rtol=rtol, atol=rtol)


@EACH
@pytest.mark.parametrize("options", [*CASES.values(), *OTHER_LOOP.values()], ids=[*CASES, *OTHER_LOOP])
def test_states_and_gradients_are_those_of_keras(kinds, options):
    assert_alike(kinds, options, rows(), mask=MASK)


@EACH
@pytest.mark.parametrize("name", ["last", "states"])
def test_they_are_where_all_steps_are_there(kinds, name):
    assert_alike(kinds, CASES[name], rows())


@EACH
@pytest.mark.parametrize(("name", "mask"), [("last", None), ("states", MASK)])
def test_they_are_under_xla(kinds, name, mask):
    assert_alike(kinds, CASES[name], rows(), xla=True, mask=mask)


@EACH
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "mask"])
def test_a_first_state_may_be_given(kinds, mask):
    states = 2 if kinds[1] is LSTM else 1
    first = [tf.constant(np.random.default_rng(1).normal(size=(4, 6)).astype("float32")) for _ in range(states)]
    assert_alike(kinds, {"return_sequences": True, "return_state": True}, rows(), initial_state=first, mask=mask)


@EACH
def test_one_step_of_one_row(kinds):
    assert_alike(kinds, {"return_sequences": True}, rows(1)[:1])


@EACH
def test_a_length_that_the_graph_does_not_know(kinds):
    theirs, ours = both(kinds, return_sequences=True)
    for layer in (theirs, ours):
        layer.call_of_any_length = tf.function(layer, input_signature=[tf.TensorSpec((None, None, 3))], autograph=False)
    for steps in (2, 7):
        expected = theirs.call_of_any_length(rows(steps))
        np.testing.assert_allclose(ours.call_of_any_length(rows(steps)), expected, rtol=1e-5, atol=1e-6)


@EACH
def test_in_float64_they_agree_to_ten_digits(kinds):
    options = {"return_sequences": True, "return_state": True, "dtype": "float64"}
    assert_alike(kinds, options, rows(dtype="float64"), rtol=1e-10, mask=MASK)


@EACH
def test_it_computes_in_the_type_of_the_layer(kinds):
    theirs, ours = (layer(rows()) for layer in both(kinds, dtype="mixed_bfloat16"))
    assert ours.dtype == theirs.dtype == "bfloat16"
    np.testing.assert_allclose(tf.cast(ours, "float32"), tf.cast(theirs, "float32"), rtol=3e-2, atol=3e-2)


@EACH
def test_both_directions_have_the_states_of_keras(kinds):
    layers = [keras.layers.Bidirectional(kind(6, return_sequences=True)) for kind in kinds]
    for layer in layers:
        layer.build((4, 5, 3))
    layers[1].set_weights(layers[0].get_weights())
    theirs, ours = (layer(rows(), mask=MASK) for layer in layers)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@EACH
def test_dropout_within_the_layer_is_that_of_keras(kinds):
    theirs, ours = both(kinds, dropout=0.5, recurrent_dropout=0.3, seed=3)
    np.testing.assert_allclose(ours(rows(), training=True), theirs(rows(), training=True), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours(rows()), theirs(rows()), rtol=1e-5, atol=1e-6)


@EACH
def test_states_are_kept_from_batch_to_batch(kinds):
    theirs, ours = both(kinds, stateful=True)
    for _ in range(2):
        np.testing.assert_allclose(ours(rows()), theirs(rows()), rtol=1e-5, atol=1e-6)


@EACH
def test_it_trains_as_keras_does_by_fit_and_reads_back_from_a_file(kinds, tmp_path):
    losses, models = [], []
    for kind in kinds:
        keras.utils.set_random_seed(0)
        models.append(keras.Sequential([keras.Input((5, 3)), kind(6, return_sequences=True), kind(4),
                                        keras.layers.Dense(1)]))  # fmt: skip
        models[-1].compile(keras.optimizers.Adam(0.01), "mse")
        x = np.random.default_rng(0).normal(size=(70, 5, 3)).astype("float32")
        losses.append(models[-1].fit(x, x[:, 0].sum(1), epochs=5, batch_size=16, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    assert losses[1][-1] < losses[1][0]
    models[1].save(tmp_path / "lstm.keras")
    loaded = keras.saving.load_model(tmp_path / "lstm.keras", safe_mode=True)
    assert isinstance(loaded.layers[0], kinds[1])
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), models[1].predict(x, verbose=0))


@EACH
def test_a_gradient_of_the_gradient_is_an_error(kinds):
    layer = kinds[1](2)
    x = tf.constant(rows())
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(layer(x))
        slope = tf.reduce_sum(inner.gradient(y, x) ** 2)
        with pytest.raises(LookupError, match="no second gradient"):
            outer.gradient(slope, x)


def test_a_reset_gate_before_the_product_goes_through_keras():
    assert_alike(KINDS[1], {"reset_after": False}, rows(), mask=MASK)
