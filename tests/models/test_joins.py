"""Every join under whatever rows lack: drawn masks of missing modalities, single rows, unseen categories, batches of one."""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf
from cases import CODES, NUMBERS, PHOTO, SERIES, TEXT, WEIGHTED, Case
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrecipes.config.model import MultimodalConfig
from nnrecipes.models.heads import Head
from nnrecipes.models.multimodal import build_multimodal
from nnrecipes.models.seeded import seeded

INPUTS = (NUMBERS, CODES, PHOTO, TEXT, WEIGHTED, SERIES)
MEDIA = (PHOTO, TEXT, WEIGHTED, SERIES)
JOINS = ("concatenate", "sum", "gated")
BRANCHES = {"photo": {"kind": "conv", "filters": (4,), "hidden_units": (3,)}, "text": {"kind": "mean", "embedding_dim": 4},
            "weighted": {"units": 4}, "beat": {"kind": "conv1d", "filters": (4,)}}  # fmt: skip
ROWS = Case("", MultimodalConfig(), INPUTS, ()).arrays(6, 0).x


@cache
def model_of(join):
    with seeded(5):
        model = build_multimodal(inputs=INPUTS, outputs=[Head("y")], branches=BRANCHES, join=join, join_units=5,
                                 trunk_units=(6,))  # fmt: skip
    rng = np.random.default_rng(0)
    for item in MEDIA:  # defaults as if they had been learnt
        default = model.get_layer(f"{item.name}_default").default
        default.assign(rng.normal(size=default.shape))
    return model


def lacking(missing):
    """The rows without what ``missing`` names: a set of media a row."""
    x = {name: values.copy() for name, values in ROWS.items()}
    for row, names in enumerate(missing):
        for name in names:
            x[name][row] = 0
    return x


some = st.lists(st.sets(st.sampled_from([item.name for item in MEDIA])), min_size=6, max_size=6)


@pytest.mark.parametrize("join", JOINS)
@settings(max_examples=12, deadline=None)
@given(missing=some)
def test_a_row_has_its_answer_whatever_others_lack(join, missing):
    model, x = model_of(join), lacking(missing)
    answers = model(x).numpy()
    assert np.isfinite(answers).all()
    for row in range(6):
        alone = {name: values[row : row + 1] for name, values in x.items()}
        np.testing.assert_allclose(model(alone).numpy()[0], answers[row], atol=1e-5)


@pytest.mark.parametrize("join", JOINS)
@settings(max_examples=8, deadline=None)
@given(name=st.sampled_from([item.name for item in MEDIA]), row=st.integers(0, 5))
def test_rows_that_lack_a_modality_answer_alike_whatever_it_would_have_been(join, name, row):
    """The default stands in its place: two rows that differ in nothing else then have one answer."""
    x = {key: np.repeat(values[row : row + 1], 2, axis=0) for key, values in ROWS.items()}
    x[name][0] = 0
    model = model_of(join)
    default = model.get_layer(f"{name}_default").default
    kept = default.numpy()
    first = model(x).numpy()
    default.assign(kept + 1)
    second = model(x).numpy()
    default.assign(kept)
    assert abs(first[0] - second[0]) > 1e-7
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize("join", JOINS)
def test_a_training_step_on_one_row_that_has_nothing_is_finite(join):
    model = model_of(join)
    x = {name: values[:1] for name, values in lacking([{item.name for item in MEDIA}] * 6).items()}
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x, training=True) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    assert all(g is None or np.isfinite(tf.convert_to_tensor(g).numpy()).all() for g in gradients)


def test_unseen_categories_share_one_learnt_vector_a_column():
    model = model_of("concatenate")
    x = {name: np.repeat(values[:1], 2, axis=0) for name, values in ROWS.items()}
    x["codes"][:] = 0  # what the preprocessing makes of a category that training did not have
    table = model.get_layer("codes_embedding_1").embeddings
    before = model(x).numpy()
    table.assign(np.vstack([table.numpy()[:1] + 1, table.numpy()[1:]]))
    after = model(x).numpy()
    assert abs(before - after).min() > 1e-7
    assert after[0] == after[1]
