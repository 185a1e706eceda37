"""Every shipped recipe with a network that `fit` can train: both trainers end alike after five epochs of its own rows.

The first rows of the recipe's own training and validation sets, prepared and compiled as the recipe says; only Adam's
epsilon is larger, as gradients that are 0 but for rounding would else become full steps. Recipes whose data do not
ship run where NNRECIPES_BENCH_DATA names the folder that has them.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnrecipes.config.consistency import fill
from nnrecipes.config.load import for_rows, is_recommender, read
from nnrecipes.config.shipped import offline_recipe_names, recipe_names
from nnrecipes.data.spec import Arrays
from nnrecipes.models.build import build_model
from nnrecipes.preprocessing.build import fit_preprocessor
from nnrecipes.preprocessing.reconstruction import rebuilt_rows
from nnrecipes.recipe import check, check_data
from nnrecipes.training.build import compile_for
from nnrecipes.training.compiled import fit_compiled
from nnrecipes.training.fit import fit_keras

FOLDER = os.environ.get("NNRECIPES_BENCH_DATA")
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROWS = 70
"""Two batches of 32 and a short one."""
needs_data = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER, reason="NNRECIPES_BENCH_DATA does not name the folder of the public data sets"),
]
DOUBLE = ("denoising_autoencoder_mnist", "image_mnist", "multimodal_cars_average", "multimodal_houses")
STILL = {"multimodal_houses": {"model.branches.rooms.augmentation.flip": "none"}}
"""Keras' layers of augmentation draw other numbers under XLA than without it."""
NAMES = [
    pytest.param(name, marks=[pytest.mark.slow] if name in offline_recipe_names() else needs_data)
    for name in recipe_names()
    if not is_recommender(read(name))
]


def few(arrays: Arrays, rows: int) -> Arrays:
    cut = lambda part: None if part is None else {name: values[:rows] for name, values in part.items()}  # noqa: E731
    return replace(arrays, x=cut(arrays.x), y=cut(arrays.y), rows=arrays.rows[:rows], weights=cut(arrays.weights))


def prepared_by(name, monkeypatch):
    """The recipe's configuration and its rows as its network takes them."""
    overrides = {}
    if name not in offline_recipe_names():
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        from public_data import overrides_of

        overrides = overrides_of(name, Path(FOLDER).resolve())
        if overrides is None:
            pytest.skip(f"the data of {name} are not there")
    loaded = check(name, {**overrides, **STILL.get(name, {})})
    dataset = check_data(loaded)
    config = fill(for_rows(loaded, dataset.train_rows), dataset.tasks)
    return config, rebuilt_rows(config, fit_preprocessor(config, dataset))


@pytest.fixture
def double():
    """Networks of float64: in float32 the last digits of two convolutions differ, and some steps enlarge that."""
    import keras

    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("name", NAMES)
def test_both_trainers_end_alike(name, monkeypatch, request):
    if name in DOUBLE:
        request.getfixturevalue("double")
    config, prepared = prepared_by(name, monkeypatch)
    optimizer = {**config.training.optimizer, "epsilon": 1e-4}
    config = config.model_copy(update={"training": config.training.model_copy(update={"optimizer": optimizer})})
    train, validation = few(prepared.training, ROWS), few(prepared.validation, 21)

    def trained(fit, **options):
        model = compile_for(build_model(config.model, prepared.preprocessor.spec, seed=1), config)
        return fit(model, train, validation, epochs=5, batch_size=32, seed=3, **options), model

    expected, theirs = trained(fit_keras)
    kinds = {type(layer).__name__ for layer in theirs._flatten_layers()}
    loops = any(word in kind for kind in kinds for word in ("Conv", "LSTM", "GRU", "RNN"))
    tolerance = 1e-4 if loops else 1e-5
    for xla in (False, True):
        found, ours = trained(fit_compiled, xla=xla)
        assert list(found) == list(expected)
        for metric, values in expected.items():
            np.testing.assert_allclose(found[metric], values, rtol=tolerance, atol=tolerance, err_msg=metric)
        for weight, value, other in zip(ours.weights, ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(value, other, rtol=tolerance, atol=tolerance, err_msg=weight.path)
