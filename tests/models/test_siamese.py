"""build_siamese: one encoder for two rows, and the cosine of its vectors."""

import inspect

import keras
import numpy as np
import pytest
from cases import CODES, NUMBERS, PHOTO, TEXT
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from nnrecipes.errors import ConfigError
from nnrecipes.evaluation.verification import unit_rows
from nnrecipes.layers.within_class_whitening import WithinClassWhitening
from nnrecipes.models.multimodal import build_multimodal
from nnrecipes.models.seeded import seeded
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


def test_mirrored_views_are_the_mean_of_both_and_training_sees_one():
    options = {"branches": {"photo": {"kind": "conv", "filters": (4,)}}, "embedding_dim": 3}
    with seeded(0):
        plain = build_encoder(inputs=[PHOTO, NUMBERS], **options)
    with seeded(0):
        both = build_encoder(inputs=[PHOTO, NUMBERS], mirror=True, **options)
    both.set_weights(plain.get_weights())
    rng = np.random.default_rng(0)
    x = {
        "photo": rng.integers(0, 255, (5, 8, 6, 3)).astype("uint8"),
        "numbers": rng.normal(size=(5, 4)).astype("float32"),
    }
    turned = {**x, "photo": x["photo"][:, :, ::-1].copy()}
    mean = plain(x).numpy() + plain(turned).numpy()
    np.testing.assert_allclose(both(x).numpy(), mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(both(turned).numpy(), both(x).numpy(), atol=1e-5)
    np.testing.assert_allclose(both(x, training=True).numpy(), plain(x, training=True).numpy(), atol=1e-5)


def test_nothing_to_mirror_is_an_error():
    with pytest.raises(ConfigError, match=r"model.mirror: expected an image among the inputs.*numbers \(tabular\)"):
        build_siamese(inputs=[NUMBERS], mirror=True)


def test_whitened_vectors_of_an_identity_spread_alike_in_all_directions():
    """Fisher's discriminants of scikit-learn, which scale what is within a class to variance 1, give the same cosines."""
    rng = np.random.default_rng(0)
    who = np.arange(12).repeat(20)
    mix = rng.normal(size=(4, 4))
    rows = ((rng.normal(size=(12, 4)) * [3, 2, 1, 1])[who] + rng.normal(size=(240, 4)) * [4, 1, 1, 0.3]) @ mix
    layer = WithinClassWhitening(shrinkage=0.0)
    layer.fit(rows.astype("float32"), who + 7)
    white = layer(rows.astype("float32")).numpy()
    inside = white - np.stack([white[who == n].mean(0) for n in range(12)])[who]
    np.testing.assert_allclose(inside.T @ inside / 240, np.eye(4), atol=0.02)
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit(rows, who).transform(rows - rows.mean(0))
    np.testing.assert_allclose(
        unit_rows(white) @ unit_rows(white).T, unit_rows(theirs) @ unit_rows(theirs).T, atol=0.02
    )


def test_much_shrinkage_only_centres():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 3)).astype("float32") + 5
    layer = WithinClassWhitening(shrinkage=1e6)
    layer.fit(rows, np.arange(8).repeat(5))
    np.testing.assert_allclose(unit_rows(layer(rows).numpy()), unit_rows(rows - rows.mean(0)), atol=1e-3)


def test_an_encoder_with_both_reads_back_from_a_file_and_knows_its_inputs(tmp_path):
    options = {"branches": {"photo": {"kind": "conv", "filters": (4,)}}, "embedding_dim": 3}
    encoder = build_encoder(inputs=[PHOTO], mirror=True, whitening=0.5, **options)
    x = np.random.default_rng(0).integers(0, 255, (6, 8, 6, 3)).astype("uint8")
    encoder.get_layer("embedding_whitening").fit(encoder(x).numpy(), np.array([0, 0, 1, 1, 2, 2]))
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.saving.load_model(tmp_path / "encoder.keras", safe_mode=True)
    np.testing.assert_allclose(loaded(x).numpy(), encoder(x).numpy(), atol=1e-6)
    assert (encoder.input.name, encoder.output_names) == ("photo", ["embedding"])
    pair = siamese_of(loaded)
    np.testing.assert_allclose(pair({"photo_a": x, "photo_b": x}).numpy(), 1, rtol=1e-5)
