"""Prediction in chunks against calling the model."""

import keras
import numpy as np
import pytest
from cases import CASES

from nnrecipes.errors import ConfigError
from nnrecipes.models.build import build_model
from nnrecipes.training.predict import predict_arrays


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("batch_size", [4, 10, 1024])
def test_chunks_give_what_the_model_gives(case, batch_size):
    model, x = build_model(case.config, case.spec), case.arrays(10).x
    expected = model(x if len(x) > 1 else next(iter(x.values())), training=False)
    named = expected if isinstance(expected, dict) else {next(iter(case.outputs)): expected}
    result = predict_arrays(model, x, batch_size)
    assert set(result) == set(named)
    for name, values in named.items():
        np.testing.assert_allclose(result[name], values.numpy(), rtol=1e-5, atol=1e-6)


def test_no_rows_give_no_predictions():
    model = build_model(CASES[0].config, CASES[0].spec)
    assert predict_arrays(model, {"numbers": np.zeros((0, 4), dtype="float32")})["price"].shape == (0, 1)


class Silent(keras.Model):
    def __init__(self, count):
        super().__init__()
        self.heads = [keras.layers.Dense(1) for _ in range(count)]

    def call(self, x):
        outputs = [head(x) for head in self.heads]
        return outputs if len(outputs) > 1 else outputs[0]


def test_names_of_output_layers_go_before_the_callers_order():
    x = keras.Input((2,), name="x")
    ones = keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer="ones", name="b")(x)
    model = keras.Model(x, [ones, keras.layers.Dense(1, kernel_initializer="zeros", name="a")(x)])
    result = predict_arrays(model, {"x": np.zeros((1, 2), dtype="float32")}, outputs=["a", "b"])
    assert {name: float(values[0, 0]) for name, values in result.items()} == {"a": 0.0, "b": 1.0}


def test_another_number_of_outputs_is_an_error():
    with pytest.raises(ConfigError, match="expected 2 outputs: a, b. Received: 1 from the model"):
        predict_arrays(Silent(1), {"x": np.zeros((3, 2), dtype="float32")}, outputs=["a", "b"])


def test_outputs_without_names_get_those_of_the_caller():
    x = {"x": np.zeros((3, 2), dtype="float32")}
    assert set(predict_arrays(Silent(1), x, outputs=["price"])) == {"price"}
    assert set(predict_arrays(Silent(2), x, outputs=["a", "b"])) == {"a", "b"}
    assert set(predict_arrays(Silent(1), x)) == {"output"}
    assert set(predict_arrays(Silent(2), x)) == {"output_1", "output_2"}
