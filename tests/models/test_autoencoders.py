"""Builders of autoencoders, their layers and their loss, against numpy, Keras' own losses and hand calculation."""

import inspect

import keras
import numpy as np
import pytest

from nnrecipes.config.autoencoder import (
    DenoisingAutoencoderConfig,
    DenseAutoencoderConfig,
    VariationalAutoencoderConfig,
)
from nnrecipes.data.spec import DataSpec, InputSpec, TargetSpec
from nnrecipes.errors import ConfigError
from nnrecipes.inference.encoder import codes_of, decoder_of, encoder_of, rebuilt
from nnrecipes.layers.corruption import Corruption
from nnrecipes.layers.reconstruction_loss import ReconstructionLoss
from nnrecipes.models.build import build_model
from nnrecipes.models.denoising_autoencoder import build_denoising_autoencoder
from nnrecipes.models.dense_autoencoder import build_dense_autoencoder
from nnrecipes.models.variational_autoencoder import build_variational_autoencoder
from nnrecipes.preprocessing.reconstruction import corrupt

OF_THE_DATA = {"input_shape", "input_name", "pixels", "masked", "one_hot", "low", "high"}
PAIRS = {
    DenseAutoencoderConfig: build_dense_autoencoder,
    DenoisingAutoencoderConfig: build_denoising_autoencoder,
    VariationalAutoencoderConfig: build_variational_autoencoder,
}
PHOTO = InputSpec("photo", "image", ("photo",), row_shape=(9, 7, 3))


@pytest.mark.parametrize("config", PAIRS, ids=lambda config: config.__name__)
def test_a_config_class_has_the_builders_keywords_and_defaults(config):
    parameters = inspect.signature(PAIRS[config]).parameters
    builder = {name: p.default for name, p in parameters.items() if name not in OF_THE_DATA}
    assert {name: field.default for name, field in config.model_fields.items() if name != "kind"} == builder


def test_the_classic_net_has_the_published_widths_and_number_of_parameters():
    model = build_dense_autoencoder()
    units = [layer.units for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert (model.count_params(), units) == (222_384, [128, 64, 32, 64, 128, 784])


@pytest.mark.parametrize(
    ("body", "stride", "code"), [("conv", 1, 3 * 2 * 8), ("unet", 1, 3 * 2 * 8), ("unet", 2, 2 * 8)]
)
def test_convolutional_bodies_give_images_back_in_their_size_also_where_it_is_odd(body, stride, code):
    config = DenoisingAutoencoderConfig(body=body, filters=(4, 6, 8), stride=stride)
    model = build_model(config, DataSpec((PHOTO,), ()))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3)).astype("uint8")
    assert rebuilt(model, pixels).shape == (3, 9, 7, 3)
    assert codes_of(encoder_of(model), pixels).shape == (3, code)


def test_the_two_halves_one_after_the_other_are_the_whole():
    model = build_model(DenseAutoencoderConfig(batch_norm=True), DataSpec((PHOTO,), ()))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3)).astype("uint8")
    codes = codes_of(encoder_of(model), pixels)
    np.testing.assert_allclose(rebuilt(decoder_of(model), codes), rebuilt(model, pixels), atol=1e-6)


def test_a_linear_tied_net_multiplies_by_its_kernels_and_their_transposes(tmp_path):
    model = build_dense_autoencoder(input_shape=(6,), hidden_units=(5,), latent_dim=2, activation="linear",
                                    code_activation="linear", output_activation="linear", tied_weights=True)  # fmt: skip
    first, second = (model.get_layer(f"tied_{i}").kernel.numpy() for i in (1, 2))
    x = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    np.testing.assert_allclose(rebuilt(model, x), x @ first @ second @ second.T @ first.T, atol=1e-6)
    assert model.count_params() == 6 * 5 + 5 + 6 + 5 * 2 + 2 + 5
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(rebuilt(keras.saving.load_model(tmp_path / "model.keras"), x), rebuilt(model, x))


def test_sparsity_adds_the_codes_mean_sum_of_absolute_values_to_the_loss():
    model = build_dense_autoencoder(input_shape=(6,), hidden_units=(), latent_dim=3, code_activation="linear",
                                    output_activation="linear", sparsity=0.1)  # fmt: skip
    model.compile(loss="mse")
    x = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    code = codes_of(encoder_of(model), x)
    expected = np.mean((x - rebuilt(model, x)) ** 2) + 0.1 * np.abs(code).sum() / len(x)
    assert model.evaluate(x, x, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_the_variational_loss_is_that_of_the_paper():
    model = build_variational_autoencoder(input_shape=(6,), hidden_units=(), latent_dim=2, anneal_steps=1)
    layer = model.get_layer("code")
    layer.steps.assign(1.0)
    layer.log_variance_bias.assign([0.3, -0.7])
    x = np.random.default_rng(0).random((5, 6)).astype("float32")
    mean = x @ layer.mean_kernel.numpy() + layer.mean_bias.numpy()
    logs = x @ layer.log_variance_kernel.numpy() + [0.3, -0.7]
    divergence = 0.5 * (np.exp(logs) + mean**2 - 1 - logs).sum(axis=1)
    model(x, training=True)
    assert float(sum(model.losses)) == pytest.approx(divergence.mean() / 6, rel=1e-5)
    np.testing.assert_allclose(codes_of(encoder_of(model), x), mean, atol=1e-6)


@pytest.mark.parametrize("name", ["binary_crossentropy", "mean_squared_error", "mean_absolute_error"])
def test_the_loss_of_images_is_keras_own(name):
    rng = np.random.default_rng(0)
    truth, made = rng.random((2, 3, 4, 5, 1)).astype("float32")
    expected = keras.losses.get(name)(truth.reshape(3, -1), made.reshape(3, -1))
    np.testing.assert_allclose(ReconstructionLoss(name).call(truth, made), expected, rtol=1e-5)


def test_the_loss_of_a_series_leaves_out_what_is_no_step():
    truth = np.array([[[1.0, 1.0], [5.0, 0.0]]], dtype="float32")  # one step, and one place without
    loss = ReconstructionLoss("mean_squared_error").call(truth, np.array([[[3.0], [7.0]]], dtype="float32"))
    np.testing.assert_allclose(loss, [4.0])


def test_noise_has_the_stated_size_and_is_drawn_afresh_and_only_in_training():
    x = np.full((200, 50), 0.5, dtype="float32")
    layer = Corruption("gaussian", 0.1)
    first, second = (np.asarray(layer(x, training=True)) for _ in range(2))
    assert np.std(first - x) == pytest.approx(0.1, rel=0.05)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(layer(x), x)
    salted = np.asarray(Corruption("salt_and_pepper", 0.3, 0.0, 1.0)(x, training=True))
    assert [np.mean(salted == value) for value in (0, 1)] == pytest.approx([0.15, 0.15], abs=0.02)
    clipped = np.asarray(Corruption("gaussian", 2.0, 0.0, 1.0)(x, training=True))
    assert (clipped.min(), clipped.max()) == (0.0, 1.0)


def test_noise_drawn_once_spares_the_channel_that_says_where_a_step_is():
    spec = InputSpec("beat", "series", ("mv",), row_shape=(40, 2))
    values = np.ones((50, 40, 2), dtype="float32")
    spoilt = corrupt(values, spec, noise="masking", level=0.25, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(spoilt[..., 1], 1)
    assert np.mean(spoilt[..., 0] == 0) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("config", "inputs", "message"), [
    (DenoisingAutoencoderConfig(body="unet"), (InputSpec("rows", "tabular", ("a", "b")),), "dense for rows of a table"),
    (DenseAutoencoderConfig(), (PHOTO, InputSpec("rows", "tabular", ("a",))), "expected one tabular, image or series"),
    (DenseAutoencoderConfig(), (InputSpec("words", "text", ("t",), (9,), (4,)),), "Received: words \\(text\\)"),
])  # fmt: skip
def test_rows_that_cannot_be_rebuilt_are_named(config, inputs, message):
    target = TargetSpec("price", "price", "regression", "linear", "value")
    with pytest.raises(ConfigError, match=message):
        build_model(config, DataSpec(inputs, (target,)))
