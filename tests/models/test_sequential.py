"""build_sequential and build_layers against hand counts and numpy."""

import keras
import numpy as np
import pytest

from nnrecipes.config.names import complete
from nnrecipes.errors import ConfigError
from nnrecipes.models.layer_list import build_layers
from nnrecipes.models.sequential import build_sequential

AUTOENCODER = (128, 64, 32, 64, 128)


def test_11_64_4_has_1028_parameters():
    model = build_sequential(input_shape=(11,), hidden_units=(64,), output_units=4, output_activation="softmax")
    assert model.count_params() == 1028


def test_784_to_32_and_back_has_222384_parameters_with_an_activation_a_layer():
    activations = ("relu", "relu", "linear", "relu", "relu")
    model = build_sequential(
        input_shape=(784,),
        hidden_units=AUTOENCODER,
        activation=activations,
        output_units=784,
        output_activation="sigmoid",
    )
    assert model.count_params() == 222_384
    assert [layer.activation.__name__ for layer in model.layers] == [*activations, "sigmoid"]


def test_784_to_32_and_back_has_222384_parameters_as_a_layer_list():
    layers = [{"kind": "Dense", "units": units, "activation": "relu"} for units in AUTOENCODER]
    assert build_layers(layers=layers, input_shape=(784,), output_units=784).count_params() == 222_384


def test_no_hidden_layer_is_a_linear_model():
    model = build_sequential(input_shape=(3,), hidden_units=())
    x = np.array([[1, 2, 3]], dtype="float32")
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(model(x).numpy(), x @ kernel + bias, rtol=1e-6)


def test_batch_norm_stands_after_dense_and_before_the_activation():
    model = build_sequential(input_shape=(2,), hidden_units=(3,), batch_norm=True, dropout=0.5)
    assert [type(layer).__name__ for layer in model.layers] == [
        "Dense",
        "BatchNormalization",
        "Activation",
        "Dropout",
        "Dense",
    ]
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in model.get_weights()])
    w1, gamma, beta, mean, variance, w2, b2 = model.get_weights()
    x = rng.normal(size=(5, 2)).astype("float32")
    normal = gamma * (x @ w1 - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(model(x).numpy(), np.maximum(normal, 0) @ w2 + b2, rtol=1e-5)


def test_dropout_follows_its_pattern():
    model = build_sequential(hidden_units=(8, 8, 8), dropout=(0.5, 0.0, 0.25))
    assert [(layer.name, layer.rate) for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [
        ("hidden_1_dropout", 0.5),
        ("hidden_3_dropout", 0.25),
    ]


def test_l1_and_l2_add_to_the_loss_what_the_kernels_weigh():
    model = build_sequential(hidden_units=(5, 4), l1=0.1, l2=0.01)
    kernels = [weight for weight in model.get_weights() if weight.ndim == 2][:-1]  # the output layer is free
    expected = sum(0.1 * np.abs(kernel).sum() + 0.01 * np.square(kernel).sum() for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_initializer_and_constraint_take_arguments_and_are_of_each_layer():
    model = build_sequential(
        hidden_units=(50, 50),
        input_shape=(50,),
        kernel_initializer={"kind": "random_normal", "stddev": 2.0},
        kernel_constraint={"kind": "max_norm", "max_value": 3},
    )
    first, second = (layer.kernel.numpy() for layer in model.layers[:2])
    assert first.std() == pytest.approx(2, rel=0.1)
    assert not np.array_equal(first, second)
    assert [layer.kernel_constraint.max_value for layer in model.layers[:2]] == [3, 3]


@pytest.mark.parametrize("key", ["activation", "dropout"])
def test_a_list_of_the_wrong_length_is_an_error(key):
    value = {"activation": ("relu", "tanh", "elu"), "dropout": (0.1, 0.2, 0.3)}[key]
    with pytest.raises(ConfigError, match=rf"model.{key}: expected one value, or a list of 2.* Received: a list of 3"):
        build_sequential(hidden_units=(8, 8), **{key: value})


def test_layer_list_takes_keras_own_arguments():
    layers = [
        complete("layers", {"kind": "Reshape", "target_shape": [8, 8, 1]}),
        complete("layers", {"kind": "Conv2D", "filters": 4, "kernel_size": [3, 3], "activation": "ReLU",
                            "kernel_initializer": {"kind": "HeNormal"}, "kernel_regularizer": {"kind": "l2", "l2": 0.1}}),
        complete("layers", "MaxPooling2D"),
        complete("layers", "Flatten"),
    ]  # fmt: skip
    model = build_layers(layers=layers, input_shape=(64,), output_units=10, output_activation="softmax")
    convolution = model.layers[1]
    assert model.count_params() == (9 * 4 + 4) + (3 * 3 * 4 * 10 + 10)
    assert convolution.kernel_regularizer.l2 == pytest.approx(0.1)
    assert type(convolution.kernel_initializer) is keras.initializers.HeNormal
    assert convolution.activation is keras.activations.relu


def test_every_layer_of_the_closed_set_can_be_built():
    from nnrecipes.config.names import table
    from nnrecipes.models.construct import construct

    needed = {"activation": "relu", "rate": 0.5, "pool_size": 2, "filters": 2, "kernel_size": 1, "units": 2, "input_dim": 3,
              "output_dim": 2, "stddev": 0.1, "n": 2, "scale": 2.0, "target_shape": [2, 2]}  # fmt: skip
    for kind, entry in table()["layers"].items():
        required = {name: needed[name] for name, value in entry["arguments"].items() if isinstance(value, dict)}
        layer = construct("layers", complete("layers", {"kind": kind, **required}))
        assert isinstance(layer, getattr(keras.layers, kind))


def test_a_layer_that_does_not_fit_names_its_place():
    with pytest.raises(ConfigError, match=r"^model\.layers\.1: expected arguments that Keras' Conv2D takes"):
        build_layers(layers=["Flatten", {"kind": "Conv2D", "filters": 4, "kernel_size": 3}])


def test_layers_that_end_in_a_grid_are_an_error():
    with pytest.raises(ConfigError, match=r"expected layers that end in one vector a row.* \(2, 2\)"):
        build_layers(layers=[{"kind": "Reshape", "target_shape": [2, 2]}])
