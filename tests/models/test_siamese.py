"""build_siamese: one encoder for two rows, and the cosine of its vectors."""

import inspect

import keras
import numpy as np
import pytest
from cases import CODES, NUMBERS, PHOTO, TEXT

from nnrecipes.errors import ConfigError
from nnrecipes.models.multimodal import build_multimodal
from nnrecipes.models.siamese import build_encoder, build_siamese, siamese_of


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    return {"numbers": rng.normal(size=(count, 4)).astype("float32"),
            "codes": np.stack([rng.integers(0, 12, count), rng.integers(0, 5, count)], axis=1).astype("int32")}  # fmt: skip


def sides(a, b):
    return {**{f"{k}_a": v for k, v in a.items()}, **{f"{k}_b": v for k, v in b.items()}}


def test_the_output_is_the_cosine_of_both_vectors():
    model = build_siamese(inputs=[NUMBERS, CODES], hidden_units=(8,), embedding_dim=5)
    a, b = rows(6), rows(6, 1)
    first, second = (model.get_layer("encoder")(x).numpy() for x in (a, b))
    expected = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    np.testing.assert_allclose(model(sides(a, b)).numpy()[:, 0], expected, rtol=1e-5)


def test_a_row_is_like_itself_and_the_order_of_two_rows_does_not_count():
    model = build_siamese(inputs=[NUMBERS, CODES], embedding_dim=5)
    a, b = rows(7), rows(7, 1)
    np.testing.assert_allclose(model(sides(a, a)).numpy(), 1, rtol=1e-5)
    np.testing.assert_allclose(model(sides(a, b)).numpy(), model(sides(b, a)).numpy(), rtol=1e-6)


def test_both_sides_share_every_weight():
    model = build_siamese(inputs=[NUMBERS], hidden_units=(8,), embedding_dim=5)
    assert model.count_params() == (4 * 8 + 8) + (8 * 5 + 5)
    assert model.get_layer("encoder").count_params() == model.count_params()


def test_images_and_texts_have_the_branches_of_multimodal():
    encoder = build_encoder(
        inputs=[PHOTO, TEXT], branches={"photo": {"kind": "conv", "filters": (4,)}}, join="gated", embedding_dim=3
    )
    x = {"photo": np.full((2, 8, 6, 3), 9, "uint8"), "text": np.ones((2, 7), "int32")}
    assert encoder(x).shape == (2, 3)
    np.testing.assert_allclose(np.linalg.norm(encoder(x), axis=1), 1, rtol=1e-5)


def test_the_keywords_that_it_shares_with_multimodal_have_the_same_defaults():
    ours, theirs = (inspect.signature(build).parameters for build in (build_siamese, build_multimodal))
    for name in ("branches", "join", "join_units", "activation", "batch_norm", "dropout", "l1", "l2"):
        assert ours[name].default == theirs[name].default


def test_a_branch_of_no_input_is_an_error():
    with pytest.raises(ConfigError, match="expected the name of an input: numbers"):
        build_siamese(inputs=[NUMBERS], branches={"number": {"kind": "dense"}})


def test_it_trains_on_pairs_by_fit_and_reads_back_from_a_file(tmp_path):
    keras.utils.set_random_seed(0)
    model = build_siamese(inputs=[NUMBERS], hidden_units=(16,), embedding_dim=4)
    who = np.arange(8).repeat(4)
    x = (np.random.default_rng(0).normal(size=(8, 4))[who] + 0.05).astype("float32")
    first, second = np.triu_indices(len(who), 1)
    pairs = {"numbers_a": x[first], "numbers_b": x[second]}
    same = (who[first] == who[second]).astype("float32")[:, None]
    model.compile("adam", "mse")
    losses = model.fit(pairs, same, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    model.save(tmp_path / "pair.keras")
    loaded = keras.saving.load_model(tmp_path / "pair.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(pairs, verbose=0), model.predict(pairs, verbose=0))


def test_any_encoder_becomes_a_model_of_two_rows():
    encoder = keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(2)])
    x = np.eye(3, dtype="float32")
    cosine = siamese_of(encoder)({"x_a": x, "x_b": 5 * x}).numpy()
    np.testing.assert_allclose(cosine, 1, rtol=1e-5)
