"""Keras on JAX, in processes of their own: the same recipes, an epoch as one scan; what needs TensorFlow says so."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cases import BINARY, CASES, NUMBERS, Case

import nnrecipes as nn
from nnrecipes.config.model import SequentialConfig
from nnrecipes.models.build import build_model
from nnrecipes.training.compile import compile_model
from nnrecipes.training.trainers import fit

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX (pip install 'nnrecipes[jax]')")
HERE = Path(__file__).parent
QUICK = ("hard:adamw", "multi_output", "dense_autoencoder")
HARD = Case("hard", SequentialConfig(hidden_units=(16, 8), dropout=0.3, batch_norm=True, l2=1e-3), (NUMBERS,),
            (BINARY,))  # fmt: skip


def on_jax(*words, cwd=None, backend="jax"):
    path = os.pathsep.join([str(HERE.parent), *sys.path])
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run([sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True)


def printed(*words, cwd=None):
    done = on_jax(str(HERE / "jax_trainer.py"), *words, cwd=cwd)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def differences(names):
    found = printed("cases", *names)
    assert set(found) == set(names)
    return found


def test_a_scan_trains_as_fit_does_on_jax():
    assert max(differences(QUICK).values()) < 1e-5


@pytest.mark.slow
def test_every_builder_trains_as_with_fit_on_jax():
    assert max(differences([case.name for case in CASES]).values()) < 1e-5


def test_a_network_of_tensorflow_trains_on_jax_to_the_same_losses_in_one_program(tmp_path):
    rows = HARD.arrays(90)
    model = compile_model(build_model(HARD.config, HARD.spec, seed=1), optimizer={"kind": "adam"},
                          **HARD.compile_keywords())  # fmt: skip
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "rows.npz", x=rows.x["numbers"], y=rows.y["late"])
    history = fit(model, rows, epochs=5, batch_size=16, seed=3)
    found = printed("file", str(tmp_path / "model.keras"), str(tmp_path / "rows.npz"))
    np.testing.assert_allclose(found["history"]["loss"], history["loss"], rtol=1e-5)
    assert found["again"] == found["history"]
    assert found["said"] == ["trainer scan: Keras runs on JAX"] * 2
    assert found["programs"] == 1


@pytest.mark.slow
def test_a_step_of_the_models_own_goes_to_fit():
    found = printed("own")
    assert found["said"] == ["trainer keras: the model has a step of its own"]
    assert "mine" in found["names"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for recipe in ("iris_multi_output", "dense_autoencoder_digits"):
        done = on_jax("-m", "nnrecipes", "train", recipe, "training.epochs=10", cwd=folder)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "trainer scan" in done.stderr
    return {path.name: next(path.iterdir()) for path in (folder / "runs").iterdir()}


@pytest.mark.parametrize("recipe", ["iris_multi_output", "dense_autoencoder_digits"])
def test_a_recipe_trains_and_its_run_is_used_with_tensorflow(recipe, runs):
    run = nn.load_run(runs[recipe])
    assert run.provenance["trainer"] == "scan"
    assert run.provenance["versions"]["backend"].startswith("jax ")
    assert run.history["loss"][-1] < 0.9 * run.history["loss"][0]
    assert all(np.isfinite(values).all() for values in run.history.values())


def test_predictions_of_jax_are_those_of_tensorflow(runs, tmp_path):
    run = nn.load_run(runs["iris_multi_output"])
    rows = pd.DataFrame(np.random.default_rng(0).uniform(0.5, 7, (40, 3)),
                        columns=["sepal_length", "sepal_width", "petal_length"])  # fmt: skip
    rows.to_csv(tmp_path / "rows.csv", index=False)
    done = on_jax("-m", "nnrecipes", "predict", str(run.path), "--data", "rows.csv", "--out", "out.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    found, expected = pd.read_csv(tmp_path / "out.csv"), run.predict(rows)
    numbers = found.select_dtypes("number").columns
    assert len(numbers) >= 4
    np.testing.assert_allclose(found[numbers], expected[numbers], atol=1e-5)


@pytest.mark.slow
def test_an_interrupted_run_ends_as_one_that_was_not_bit_for_bit(tmp_path):
    found = printed("resume", "iris_multi_output", cwd=tmp_path)
    assert (found["equal"], found["history"], found["resumed"]) == (True, True, 1)


@pytest.mark.parametrize(
    ("backend", "words", "line"),
    [
        ("jax", ["train", "recommender_synthetic"], "expected tensorflow for recommenders. Received: 'jax'."),
        ("jax", ["train", "tabular_harbour", "data.stream=true"],
         "expected tensorflow for rows that are streamed. Received: 'jax'."),
        ("jax", ["train", "tabular_harbour", "training.distributed.workers=2"],
         "expected tensorflow for several workers. Received: 'jax'."),
        ("jax", ["lr-find", "sequential_wine"],
         "expected tensorflow for searches of a learning rate. Received: 'jax'."),
        ("torch", ["train", "sequential_wine"], "expected tensorflow or jax. Received: 'torch'."),
        ("jxa", ["check", "sequential_wine"], "expected tensorflow or jax. Received: 'jxa'. Did you mean jax?"),
    ],
    ids=["recommender", "streamed", "workers", "lr-find", "torch", "misspelt"],
)  # fmt: skip
def test_what_needs_tensorflow_says_so_in_one_line(backend, words, line, tmp_path):
    done = on_jax("-m", "nnrecipes", *words, cwd=tmp_path, backend=backend)
    assert (done.returncode, done.stderr) == (2, f"KERAS_BACKEND: {line}\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "what"),
    [(["export", "--to", "onnx"], "exported files"), (["serve"], "what answers rows one by one")],
    ids=["export", "serve"],
)
def test_a_run_of_jax_is_exported_and_served_with_tensorflow(words, what, runs):
    path = runs["iris_multi_output"]
    done = on_jax("-m", "nnrecipes", words[0], str(path), *words[1:])
    assert (done.returncode, done.stderr) == (2, f"KERAS_BACKEND: expected tensorflow for {what}. Received: 'jax'.\n")
    assert not (path / "export").exists()


@pytest.mark.slow
def test_a_recommenders_run_is_used_with_tensorflow(tmp_path):
    run = nn.train("recommender_synthetic", {"training.epochs": 1}, runs_dir=tmp_path)
    words = ["-m", "nnrecipes", "recommend", str(run.path), "--user", str(run.vocabulary.users[0])]
    done = on_jax(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "KERAS_BACKEND: expected tensorflow for recommenders. Received: 'jax'."
    assert on_jax(*words, backend="tensorflow").returncode == 0
