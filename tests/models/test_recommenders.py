"""Builders of recommenders: keywords and defaults of their sections, shapes, seeds, AutoRec's formula."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from nnrecipes.config.recommender_model import (
    AutoRecConfig,
    BlendConfig,
    EaseConfig,
    ItemKNNConfig,
    MultDAEConfig,
    MultVAEConfig,
)
from nnrecipes.models.autorec import build_autorec
from nnrecipes.models.build_recommender import build_recommender
from nnrecipes.models.mult_dae import build_mult_dae
from nnrecipes.models.mult_vae import build_mult_vae
from nnrecipes.training.closed_form import fit_ease, fit_item_knn

PAIRS = [
    (MultDAEConfig, build_mult_dae, {"items"}),
    (MultVAEConfig, build_mult_vae, {"items"}),
    (AutoRecConfig, build_autorec, {"columns"}),
    (EaseConfig, fit_ease, {"histories", "memory"}),
    (ItemKNNConfig, fit_item_knn, {"histories", "memory"}),
]


@pytest.mark.parametrize(("section", "builder", "given"), PAIRS, ids=lambda item: getattr(item, "__name__", ""))
def test_a_section_has_the_keywords_and_defaults_of_its_builder(section, builder, given):
    fields = {name: field.default for name, field in section.model_fields.items()}
    left_out = {"kind"} | ({"based", "residuals"} if section is AutoRecConfig else set())
    parameters = inspect.signature(builder).parameters
    wanted = {name: parameter.default for name, parameter in parameters.items() if name not in given}
    assert {name: value for name, value in fields.items() if name not in left_out} == wanted


def test_the_blend_is_of_the_default_network():
    assert BlendConfig().network == MultDAEConfig()
    assert BlendConfig().ease == EaseConfig()


@pytest.mark.parametrize("section", [
    MultDAEConfig(hidden_units=(8, 4)), MultVAEConfig(hidden_units=(8,), latent_dim=3), AutoRecConfig(hidden_units=(8, 4)),
], ids=lambda section: section.kind)  # fmt: skip
def test_weights_follow_the_seed_and_the_decoder_mirrors_the_encoder(section):
    one, same, other = (build_recommender(section, 20, seed) for seed in (1, 1, 2))
    assert one.input_shape == one.output_shape == (None, 20)
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))
    assert one.get_layer("history_bag").kernel.shape == one.get_layer("scores").kernel.shape == (20, 8)


def test_autorec_is_the_formula_of_its_paper():
    model = build_autorec(columns=9, hidden_units=(4,))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=value.shape) for value in model.get_weights()])
    kernel, bias, out, out_bias = (value.astype(float) for value in model.get_weights())
    ratings = rng.integers(0, 6, (5, 9)).astype(np.float32)
    expected = 1 / (1 + np.exp(-(ratings @ kernel + bias))) @ out.T + out_bias
    np.testing.assert_allclose(model(ratings), expected, rtol=1e-4, atol=1e-4)


def test_a_tied_network_is_its_formula_dense_and_sparse(tmp_path):
    model = build_mult_dae(items=9, hidden_units=(4,), tied=True)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=value.shape) for value in model.get_weights()])
    kernel, bias, up_bias = (value.astype(float) for value in model.get_weights())
    histories = rng.integers(0, 2, (5, 9)).astype(np.float32)
    length = np.linalg.norm(histories, axis=1, keepdims=True)
    expected = np.tanh(histories / length @ kernel + bias) @ kernel.T + up_bias
    np.testing.assert_allclose(model(histories), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model(tf.sparse.from_dense(histories)), expected, rtol=1e-4, atol=1e-5)
    model.save(tmp_path / "tied.keras")
    loaded = keras.models.load_model(tmp_path / "tied.keras")
    np.testing.assert_array_equal(loaded(histories), model(histories))
