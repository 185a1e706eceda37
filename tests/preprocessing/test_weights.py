import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from nnrecipes.errors import DataError
from nnrecipes.preprocessing.weights import class_weights, sample_weights

INDEX = np.array([0, 0, 0, 0, 1, 2, 2])


def test_balanced_weights_equal_those_of_scikit_learn():
    found = sample_weights(INDEX, ("a", "b", "c"), "balanced")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, compute_sample_weight("balanced", INDEX), rtol=1e-6)


def test_named_weights_are_used_and_others_are_one():
    np.testing.assert_array_equal(sample_weights(INDEX, ("a", "b", "c"), {"b": 5, "c": 0.5}), [1, 1, 1, 1, 5, 0.5, 0.5])


def test_every_wrong_weight_is_named():
    with pytest.raises(DataError) as caught:
        class_weights(
            INDEX, ("cat", "dog"), {"dgo": 1.0, "cat": -1.0, "dog": float("inf")}, where="targets.pet.class_weight"
        )
    assert caught.value.problems == [
        "targets.pet.class_weight: expected one of the classes cat, dog. Received: 'dgo'. Did you mean dog?",
        "targets.pet.class_weight.cat: expected a finite number from 0. Received: -1.0.",
        "targets.pet.class_weight.dog: expected a finite number from 0. Received: inf.",
    ]
