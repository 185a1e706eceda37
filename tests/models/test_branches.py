"""Every branch and join against numpy and by its properties: nothing there, one row, padding, images that share a net."""

import keras
import numpy as np
import pytest
from cases import CODES, NUMBERS, PHOTO, ROOMS, SERIES, TEXT, WEIGHTED, Case

from nnrecipes.config.branches import DEFAULTS, FITTING, BranchConfig
from nnrecipes.config.model import MultimodalConfig
from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError
from nnrecipes.layers.modality_default import ModalityDefault
from nnrecipes.models import image_branches, sequence_branches
from nnrecipes.models.branches import input_form
from nnrecipes.models.heads import Head
from nnrecipes.models.multimodal import build_multimodal
from nnrecipes.models.seeded import seeded

SMALL = {
    "conv": {"filters": (4, 4), "convolutions": 2},
    "residual": {"filters": (4, 6), "blocks": 2, "pooling": "max"},
    "inception": {"filters": (8,), "batch_norm": False},
    "mean": {"embedding_dim": 5, "pooling": "both"},
    "conv1d": {"filters": (4, 4), "kernel_sizes": (2, 3), "pool": 2},
    "recurrent": {"cell": "lstm", "units": (3,)},
    "transformer": {"width": 4, "heads": 2, "feed_forward_units": 6},
    "weighted": {"units": 4, "l2": 0.01},
}
MEDIA = {"image": PHOTO, "text": TEXT, "tfidf": WEIGHTED, "series": SERIES}
EVERY = [(MEDIA[form], kind) for form, kinds in FITTING.items() if form in MEDIA for kind in kinds if kind in SMALL]
every_branch = pytest.mark.parametrize(("item", "kind"), EVERY, ids=[f"{item.kind}-{kind}" for item, kind in EVERY])


def build(item, kind, **options):
    with seeded(3):
        branches = {item.name: {"kind": kind, **SMALL.get(kind, {}), "hidden_units": (3,), **options}}
        return build_multimodal(inputs=[item], outputs=[Head("y")], branches=branches, trunk_units=())


def rows_of(item, rows, seed=0):
    return Case("", MultimodalConfig(), (item,), ()).arrays(rows, seed).x[item.name]


@every_branch
def test_a_row_without_anything_has_the_learnt_default(item, kind):
    model = build(item, kind)
    layer = model.get_layer(f"{item.name}_default")
    layer.default.assign([1.0, -2.0, 0.5])
    x = rows_of(item, 3)
    x[1] = 0
    answers = model(x).numpy()
    kernel, bias = model.get_layer("y").get_weights()
    np.testing.assert_allclose(answers[1], [1.0, -2.0, 0.5] @ kernel + bias, rtol=1e-5)
    assert np.isfinite(answers).all()
    np.testing.assert_allclose(model(x[1:2]).numpy(), answers[1:2], rtol=1e-5)  # one row alone, and none in the batch


@every_branch
def test_a_row_alone_has_the_answer_that_it_has_among_others(item, kind):
    model, x = build(item, kind), rows_of(item, 4)
    np.testing.assert_allclose(model(x[2:3]).numpy(), model(x).numpy()[2:3], atol=2e-5)


@every_branch
def test_gradients_are_finite_where_a_row_has_nothing(item, kind):
    import tensorflow as tf

    model, x = build(item, kind), rows_of(item, 3)
    x[0] = 0
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(model(x, training=True) ** 2)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert gradient is None or np.isfinite(np.asarray(tf.convert_to_tensor(gradient))).all()


@pytest.mark.parametrize("kind", ["mean", "conv1d", "recurrent", "transformer"])
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_steps_behind_the_end_change_nothing(kind, pooling):
    """A longer array with more padding gives the same vectors: the steps there are, and no others, count."""
    options = {"pool": 1} if kind == "conv1d" else {"bidirectional": True} if kind == "recurrent" else {}
    short, long = (InputSpec("beat", "series", ("mv",), row_shape=(length, 2)) for length in (6, 11))
    x = rows_of(short, 4)
    padded = np.concatenate([x, np.zeros((4, 5, 2), "float32")], axis=1)
    models = [build(item, kind, pooling=pooling, **options) for item in (short, long)]
    weights = models[0].get_weights()
    for i, value in enumerate(models[1].get_weights()):
        if weights[i].shape != value.shape:  # learnt positions: a vector a step
            weights[i] = np.concatenate([weights[i], value[6:]])
    models[1].set_weights(weights)
    np.testing.assert_allclose(models[1](padded).numpy(), models[0](x).numpy(), atol=1e-5)


def test_the_mean_of_a_text_is_that_of_its_tokens():
    model = build(TEXT, "mean", hidden_units=(), pooling="average")
    ids = np.array([[4, 9, 0, 0, 0, 0, 0]], dtype="int32")
    table, kernel = model.get_layer("text_embedding").get_weights()[0], model.get_layer("y").get_weights()[0]
    np.testing.assert_allclose(model(ids).numpy(), [(table[4] + table[9]) / 2 @ kernel[:, 0:1]][0][None], rtol=1e-4)


def test_a_weighted_branch_is_a_matrix_times_the_tfidf_vector():
    model = build(WEIGHTED, "weighted", hidden_units=(), l2=0.0)
    x = rows_of(WEIGHTED, 4)
    dense = np.zeros((4, 30))
    for row, pairs in zip(dense, x, strict=True):
        np.add.at(row, pairs[:, 0].astype(int), pairs[:, 1])
    table, kernel = model.get_layer("weighted_embedding").get_weights()[0], model.get_layer("y").get_weights()[0]
    np.testing.assert_allclose(model(x).numpy(), dense @ table @ kernel, atol=1e-6)


@pytest.mark.parametrize("merge", ["concatenate", "average", "max"])
def test_the_images_of_a_row_share_one_net(merge):
    model = build(ROOMS, "conv", merge=merge)
    one = build(InputSpec("rooms", "image", ("bath",), row_shape=(8, 8, 1)), "conv")
    beside = 3 if merge == "concatenate" else 0  # the head of two vectors of three
    assert model.count_params() == one.count_params() + beside
    x = rows_of(ROOMS, 2)
    probe = keras.Model(model.input, model.get_layer("rooms_default").output)
    vectors, swapped = probe(x).numpy(), probe(x[:, ::-1]).numpy()
    np.testing.assert_allclose(swapped, vectors[:, ::-1], atol=1e-5)
    same = np.allclose(model(x).numpy(), model(x[:, ::-1].copy()).numpy(), atol=1e-5)
    assert same == (merge != "concatenate")


def test_one_missing_image_of_several_has_the_default_and_the_other_not():
    model, x = build(ROOMS, "conv"), rows_of(ROOMS, 2)
    x[0, 1] = 0
    layer = model.get_layer("rooms_default")
    layer.default.assign([7.0, 7.0, 7.0])
    vectors = keras.Model(model.input, layer.output)(x).numpy()
    assert (vectors == 7).all(axis=2).tolist() == [[False, True], [False, False]]


def test_augmentation_moves_images_in_training_only():
    moves = {"flip": "horizontal", "translation": 0.2, "rotation": 0.1, "zoom": 0.2, "contrast": 0.3, "brightness": 0.3}
    plain, moved = (build(PHOTO, "conv", augmentation=m, batch_norm=False) for m in ({}, moves))
    moved.set_weights(_aligned(plain, moved))
    x = rows_of(PHOTO, 3)
    np.testing.assert_allclose(moved(x).numpy(), plain(x).numpy(), rtol=1e-5)
    assert not np.allclose(moved(x, training=True).numpy(), moved(x, training=True).numpy())


def _aligned(source, target):
    """The weights of ``source``, and the states of generators that only ``target`` has."""
    found = iter([w.numpy() for w in source.trainable_weights])
    return [next(found) if w.trainable else w.numpy() for w in target.weights]


def test_pixels_are_scaled_to_one_and_resized_within_the_network():
    model = build(PHOTO, "conv", resize=(4, 4))
    assert model.get_layer("photo_resizing").output.shape == (None, 4, 4, 3)
    rescaling = model.get_layer("photo_rescaling")
    assert float(rescaling(np.full((1, 1), 255.0))[0, 0]) == pytest.approx(1.0)


@pytest.mark.parametrize(("way", "expected"), [
    ("signed", [1.0, 0.0, -1.0]), ("caffe", [-103.939, 127.5 - 116.779, 255 - 123.68]),
    ("imagenet", [(1 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, -0.406 / 0.225]),
])  # fmt: skip
def test_bodies_take_pixels_as_they_were_trained(way, expected):
    pixels = np.array([[[[255.0, 127.5, 0.0]]]])
    np.testing.assert_allclose(np.asarray(image_branches.scaled(pixels, way, "x")).ravel(), expected, rtol=1e-5)


@pytest.mark.slow
def test_a_body_of_keras_applications_takes_weights_of_a_file(tmp_path):
    item = InputSpec("photo", "image", ("photo",), row_shape=(32, 32, 1))
    first = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3))
    first.save_weights(tmp_path / "body.weights.h5")
    model = build(item, "application", weights=str(tmp_path / "body.weights.h5"))
    body = model.get_layer("photo_body")
    for ours, theirs in zip(body.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not body.trainable_weights
    x = rows_of(item, 2)
    features = first(np.repeat(x, 3, axis=3) / 127.5 - 1, training=False).numpy().mean(axis=(1, 2))
    probe = keras.Model(model.input, model.get_layer("photo_average").output)
    np.testing.assert_allclose(probe(x).numpy(), features, atol=1e-4)
    with pytest.raises(ConfigError, match="model.branches.photo.weights: expected a file of weights"):
        build(item, "application", weights=str(tmp_path / "nothing.h5"))


def test_gates_are_those_of_the_formula():
    with seeded(0):
        model = build_multimodal(inputs=[NUMBERS, SERIES], outputs=[Head("y")], join="gated", join_units=3, trunk_units=(),
                                 branches={"beat": {"kind": "mean"}})  # fmt: skip
    x = {"numbers": rows_of(NUMBERS, 2), "beat": rows_of(SERIES, 2)}
    there = x["beat"][:, :, -1:]
    ends = {"numbers": x["numbers"], "beat": (x["beat"][:, :, :-1] * there).sum(1) / there.sum(1)}
    beside = np.concatenate([ends["numbers"], ends["beat"]], axis=1)
    joined = 0
    for name, end in ends.items():
        value, gate = model.get_layer(f"{name}_join").get_weights(), model.get_layer(f"{name}_gate").get_weights()
        joined += np.tanh(end @ value[0] + value[1]) / (1 + np.exp(-(beside @ gate[0] + gate[1])))
    kernel, bias = model.get_layer("y").get_weights()
    np.testing.assert_allclose(model(x).numpy(), joined @ kernel + bias, rtol=1e-4, atol=1e-6)


def test_a_sum_projects_branches_to_one_width():
    branches = {"codes": {"embedding_dim": 3}}
    model = build_multimodal(inputs=[NUMBERS, CODES], outputs=[Head("y")], join="sum", join_units=5, branches=branches)
    assert model.get_layer("join").output.shape == (None, 5)


def test_modality_dropout_takes_a_share_of_rows_in_training_only():
    layer = ModalityDefault(0.3, zeros_are_missing=False, seed=1)
    code, raw = np.ones((4000, 2), "float32"), np.zeros((4000, 1), "float32")
    dropped = layer([code, raw], training=True).numpy()
    assert (dropped[:, 0] == dropped[:, 1]).all()
    assert 1 - dropped[:, 0].mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(layer([code, raw]).numpy(), code)


def test_a_branch_that_does_not_fit_its_input_is_named():
    with pytest.raises(
        ConfigError,
        match=r"model.branches.photo.kind: expected conv or residual .* for input 'photo' \(image\). Received: 'mean'",
    ):
        build_multimodal(inputs=[PHOTO], outputs=[Head("y")], branches={"photo": {"kind": "mean"}})


def test_every_input_has_a_default_branch():
    model = build_multimodal(inputs=[PHOTO, TEXT, WEIGHTED, SERIES, NUMBERS, CODES], outputs=[Head("y")])
    names = {layer.name for layer in model.layers}
    assert {"photo_conv_1_1", "text_embedding", "weighted_embedding", "beat_conv_1_3", "codes_embedding_1"} <= names
    assert {input_form(item) for item in (PHOTO, TEXT, WEIGHTED, SERIES, NUMBERS, CODES)} == set(DEFAULTS)


SHARED = {"kind", "hidden_units", "augmentation", "resize", "merge", "embedding_dim", "embedding_dropout"}


@pytest.mark.parametrize(
    "member", BranchConfig.__args__[0].__args__, ids=lambda m: m.__name__ if hasattr(m, "__name__") else ""
)
def test_a_branch_section_has_its_functions_names_and_defaults(member):
    import inspect

    section = member.__origin__
    kind = section.model_fields["kind"].default
    if kind == "dense":
        return
    module = image_branches if kind in FITTING["image"] else sequence_branches
    signature = inspect.signature(getattr(module, f"{kind}_branch")).parameters
    known = {name: p.default for name, p in signature.items() if p.default is not inspect.Parameter.empty}
    own = {name: field.default for name, field in section.model_fields.items() if name not in SHARED}
    assert own == known


def test_a_net_of_some_updates_says_in_inference_what_it_learnt_in_training():
    """With Keras' own momentum the moving statistics lag behind for hundreds of updates, and answers are chance."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    x = (rng.integers(0, 60, (400, 8, 6, 3)) + 90 * (y[:, None, None, None] * np.eye(8, 6)[None, :, :, None])).astype(
        "uint8"
    )
    with seeded(0):
        model = build_multimodal(inputs=[PHOTO], outputs=[Head("y", 1, "sigmoid")], trunk_units=(),
                                 branches={"photo": {"kind": "conv", "filters": (4, 4), "pooling": "flatten"}})  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] > 0.95
