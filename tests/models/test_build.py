"""build_model: config and spec to a model."""

import random

import numpy as np
import pytest
from cases import BINARY, CASES, CODES, NUMBERS, VALUE

from nnrecipes.config.model import MultimodalConfig, MultiOutputConfig, OwnConfig, SequentialConfig
from nnrecipes.data.spec import DataSpec, InputSpec, TargetSpec
from nnrecipes.errors import ConfigError
from nnrecipes.models.build import build_model


def test_building_leaves_pythons_and_numpys_random_states_alone():
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.rand()
    random.seed(1)
    np.random.seed(1)
    build_model(CASES[0].config, CASES[0].spec)
    assert (random.random(), np.random.rand()) == expected


def test_initial_weights_do_not_depend_on_the_global_seed():
    weights = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        weights.append(build_model(CASES[0].config, CASES[0].spec).get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


@pytest.mark.parametrize(("inputs", "targets"), [((NUMBERS, CODES), (VALUE,)), ((NUMBERS,), (VALUE, BINARY))])
def test_sequential_has_one_input_and_one_output(inputs, targets):
    with pytest.raises(ConfigError, match="model.kind: expected multimodal or multi_output"):
        build_model(SequentialConfig(), DataSpec(inputs, targets))


def test_sequential_refuses_category_codes():
    with pytest.raises(ConfigError, match="expected multimodal, which has a branch for it"):
        build_model(SequentialConfig(), DataSpec((CODES,), (VALUE,)))


def test_an_output_with_the_name_of_an_input_is_an_error():
    spec = DataSpec((InputSpec("price", "tabular", ("a",)),), (VALUE, BINARY))
    with pytest.raises(ConfigError, match="expected a multi_output model that Keras can build"):
        build_model(MultiOutputConfig(), spec)


def test_a_name_that_keras_refuses_is_an_error():
    target = TargetSpec("a/b", "a/b", "regression", "linear", "value")
    with pytest.raises(ConfigError, match="a/b"):
        build_model(MultimodalConfig(), DataSpec((NUMBERS,), (target,)))


def test_a_model_of_ones_own_comes_from_python():
    with pytest.raises(ConfigError, match="given in Python as `model=`"):
        build_model(OwnConfig(), DataSpec((NUMBERS,), (VALUE,)))
