"""No run of any family goes through ``Model.predict``, which takes a fifth of a second whatever the rows."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_wine

import nnrecipes as nn

SHORT = {"training.epochs": 1, "training.callbacks.progress": False, "evaluation.plots": False,
         "evaluation.bootstrap": 100}  # fmt: skip


@pytest.fixture(autouse=True)
def no_predict(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("Model.predict was called")

    monkeypatch.setattr(keras.Model, "predict", refuse)
    with pytest.raises(AssertionError, match="was called"):
        keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).predict([[1.0]])


def wine():
    return load_wine(as_frame=True).frame.head(3).rename(columns=lambda name: name.replace("/", "_"))


def digits():
    return np.rint(load_digits().images[:3] * 255 / 16).astype("uint8")


def test_run_that_ships():
    assert len(nn.load_zoo("sequential_wine").predict(wine())) == 3


def test_ensemble(tmp_path):
    run = nn.train("sequential_wine", {**SHORT, "training.ensemble": 2}, runs_dir=tmp_path)
    assert len(run.predict(wine())) == 3


def test_autoencoder(tmp_path):
    recipe = {"data.source": {"kind": "sklearn", "name": "digits_images"}, **SHORT}
    run = nn.train("dense_autoencoder_digits", recipe, runs_dir=tmp_path)
    assert len(run.encode(digits())) == 3
    assert len(run.anomaly_score(digits())) == 3


def test_siamese(tmp_path):
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(40, 2)), columns=["a", "b"]).assign(who=[f"p{n % 10}" for n in range(40)])
    recipe = {
        "data": {"split": {"kind": "group", "column": "who", "test": 2, "validation": 2}},
        "targets": {"who": {"task": "identity"}},
        "model": {"kind": "siamese", "hidden_units": [4], "embedding_dim": 2},
    }
    run = nn.train(recipe, SHORT, data=rows, runs_dir=tmp_path)
    assert run.embed(rows.drop(columns="who")).shape == (40, 2)
    assert len(run.search(rows.drop(columns="who").head(2), k=3))
