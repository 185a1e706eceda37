"""Tabular networks: what they take, what they learn, and rows of every kind through the presets."""

import keras
import numpy as np
import pandas as pd
import pytest
from cases import CODES, NUMBERS, TABLE, TEXT

import nnrecipes as nn
from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError
from nnrecipes.models.heads import Head
from nnrecipes.models.seeded import seeded
from nnrecipes.models.tabular import build_tabular

QUIET = {"training.callbacks.progress": False, "training.callbacks.checkpoint": None, "evaluation.plots": False,
         "evaluation.baselines": False, "evaluation.bootstrap": 100, "data.split.kind": "random"}  # fmt: skip
HEAD = [Head("y")]


def width(**options):
    return build_tabular(outputs=HEAD, hidden_units=(4,), **options).get_layer("scale").output.shape[2]


@pytest.mark.parametrize(
    ("embedding", "expected"), [("none", 2), ("periodic", 8), ("piecewise_linear", 18), ("both", 24)]
)
def test_each_number_has_the_vectors_that_are_asked_for(embedding, expected):
    """Two numbers with bins and a category of twelve: 1, 4, 1 + 8 or 4 + 8 of each number, and 8."""
    assert width(inputs=[TABLE], numeric_embedding=embedding) == expected + 8


def test_numbers_without_bins_have_waves_only():
    assert width(inputs=[NUMBERS]) == 4 * 4
    assert width(inputs=[NUMBERS, CODES]) == 4 * 4 + 2 * 8


def test_marks_without_bins_stay_as_they_are_beside_numbers_with_bins():
    marked = InputSpec("x", "tabular", ("age", "age_missing"), bins=((0.0, 1.0), ()))
    assert width(inputs=[marked]) == 1 + 4 + 8


def test_members_share_the_body():
    one, four = (build_tabular(inputs=[TABLE], outputs=HEAD, members=members) for members in (1, 4))
    own = one.get_layer("scale").count_params() + one.get_layer("y").count_params()
    assert four.count_params() == one.count_params() + 3 * own


def test_other_inputs_are_refused():
    with pytest.raises(ConfigError, match="expected tabular and categorical inputs.*Received: 'text'"):
        build_tabular(inputs=[TEXT], outputs=HEAD)


def test_bins_learn_a_step_that_no_line_can():
    """One number, a target that jumps three times; the mean has an error of about 1."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (600, 1)).astype("float32")
    y = np.where(x > 0.5, 1.0, np.where(x > 0, -1.0, np.where(x > -0.5, 1.0, -1.0)))
    number = InputSpec("x", "tabular", ("x",), bins=(tuple(np.linspace(-1, 1, 25).tolist()),))
    with seeded(0):
        model = build_tabular(inputs=[number], outputs=HEAD, hidden_units=(32,), members=4, dropout=0.0)
    model.compile(keras.optimizers.Adam(0.03, beta_2=0.95), "mse", jit_compile=False)
    model.fit(x, y, batch_size=64, epochs=20, verbose=0)
    assert np.mean((model.predict(x, verbose=0) - y) ** 2) < 0.15


def rows(kind, count=100, seed=0):
    rng = np.random.default_rng(seed)
    number = rng.normal(size=count)
    frame = {
        "one_number": {"a": number},
        "only_categories": {"c": rng.choice(["x", "y", "z"], count), "d": rng.choice(list("abcdefghijklmn"), count)},
        "gaps": {"a": np.where(rng.random(count) < 0.3, np.nan, number), "b": rng.normal(size=count),
                 "c": np.where(rng.random(count) < 0.3, None, rng.choice(["x", "y"], count))},
        "constant": {"a": number, "b": np.ones(count), "c": ["same"] * count},
        "heavy_tails": {"a": number, "b": np.exp(8 * rng.normal(size=count)), "c": rng.normal(size=count) * 1e-12},
        "many_categories": {"a": number, "c": [f"c{k}" for k in rng.integers(0, count // 2, count)]},
    }[kind]  # fmt: skip
    return pd.DataFrame(frame), number, rng


TARGETS = {
    "regression": lambda number, rng: 1000 * number + rng.normal(size=len(number)),
    "binary": lambda number, rng: np.where(number + rng.normal(size=len(number)) > 0, "yes", "no"),
    "multiclass": lambda number, rng: np.digitize(number, [-0.6, 0.6]).astype(str),
}


@pytest.mark.parametrize(("kind", "task"), [
    ("one_number", "regression"), ("only_categories", "multiclass"), ("gaps", "binary"), ("constant", "regression"),
    ("heavy_tails", "regression"), ("many_categories", "binary"),
])  # fmt: skip
def test_a_preset_takes_rows_of_every_kind(kind, task, tmp_path):
    frame, number, rng = rows(kind)
    data = frame.assign(y=TARGETS[task](number, rng))
    recipe = {"data": {}, "targets": {"y": {"task": task}}, "model": {"kind": "tabular", "preset": "fast"}}
    if kind == "many_categories":
        recipe["data"] = {"columns": {"c": "categorical"}}
    run = nn.train(recipe, {**QUIET, "training.epochs": 2}, data=data, runs_dir=tmp_path)
    new = frame.head(3).copy()
    if "c" in new and kind != "heavy_tails":
        new["c"] = "never seen"
    answers = run.predict(new)
    assert len(answers) == 3
    assert np.isfinite(answers.select_dtypes("number").to_numpy()).all()


def test_the_fast_preset_beats_a_line_on_a_wave(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.uniform(-3, 3, 500), "b": rng.normal(size=500)})
    data = frame.assign(y=10 * np.sin(2 * frame["a"]) + 0.1 * rng.normal(size=500))
    recipe = {"data": {}, "targets": {"y": {}}, "model": {"kind": "tabular", "preset": "fast"}}
    run = nn.train(recipe, {**QUIET, "evaluation.baselines": True}, data=data, runs_dir=tmp_path)
    assert run.metrics["y"]["metrics"]["rmse"]["value"] < 0.2 * run.metrics["y"]["baselines"]["linear"]["rmse"]
    assert keras.saving.load_model(run.path / "model.keras", safe_mode=True).output_shape == (None, 1)
