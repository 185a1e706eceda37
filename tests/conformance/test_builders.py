"""What every builder promises; tests/cases.py enrols them."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from cases import CASES
from conformance.train_cases import digest, trained

from nnrecipes.config.model import ModelConfig
from nnrecipes.models.build import build_model
from nnrecipes.training.predict import predict_arrays

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module", autouse=True)
def other_process():
    """A process that trains the same cases while the tests of this file run."""
    command = [sys.executable, str(Path(__file__).with_name("train_cases.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process


def test_every_builder_has_a_case():
    kinds = {member.model_fields["kind"].default for member in ModelConfig.__args__[0].__args__}
    assert {case.config.kind for case in CASES} == kinds - {"own"}


@every_case
def test_outputs_have_the_shapes_of_the_spec(case):
    outputs = predict_arrays(build_model(case.config, case.spec), case.arrays(7).x)
    assert {name: values.shape for name, values in outputs.items()} == {
        name: (7, *shape) for name, shape in case.outputs.items()
    }


@every_case
def test_weights_depend_on_the_seed_alone(case):
    keras.layers.Dense(3)  # Keras' counters and generators move on between two builds
    first, again, other = (build_model(case.config, case.spec, seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@every_case
def test_layer_names_do_not_depend_on_what_was_built_before(case):
    first, again = (build_model(case.config, case.spec) for _ in range(2))
    assert [weight.path for weight in first.weights] == [weight.path for weight in again.weights]


@every_case
def test_a_saved_model_loads_safely_and_predicts_the_same(case, tmp_path):
    model, x = build_model(case.config, case.spec), case.arrays(9).x
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for name, values in predict_arrays(model, x).items():
        np.testing.assert_array_equal(predict_arrays(loaded, x)[name], values)


@every_case
def test_sixteen_rows_are_learned_by_heart(case):
    losses = trained(case)[1]["loss"]  # before the first update about 1 nat or squared unit a target
    assert losses[-1] < 0.1 * len(case.outputs) < losses[0]


def test_two_processes_give_bit_identical_weights(other_process):
    """One of the two is this one, where other models were built before."""
    printed, errors = other_process.communicate()
    assert other_process.returncode == 0, errors
    assert json.loads(printed) == {case.name: digest(case) for case in CASES}
