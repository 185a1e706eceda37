"""build_multimodal and build_multi_output against numpy and hand counts."""

import numpy as np
import pytest

from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError
from nnrecipes.models.heads import Head
from nnrecipes.models.multi_output import build_multi_output
from nnrecipes.models.multimodal import build_multimodal

NUMBERS = InputSpec("numbers", "tabular", ("a", "b"))
CODES = InputSpec("codes", "categorical", ("city", "colour"), (10, 4))


def test_iris_model_of_the_field():
    iris = InputSpec("features", "tabular", ("sepal_length", "sepal_width", "petal_length"))
    model = build_multi_output(inputs=[iris], outputs=[Head("cont_out"), Head("cat_out", 3, "softmax")])
    assert model.count_params() == (3 * 16 + 16) + (16 * 32 + 32) + (32 + 1) + (32 * 3 + 3)
    x = np.ones((2, 3), dtype="float32")
    outputs = model(x)
    w1, b1, w2, b2, *_ = (weight.numpy() for weight in model.weights)
    trunk = np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0)
    cont, cat = model.get_layer("cont_out").get_weights(), model.get_layer("cat_out").get_weights()
    np.testing.assert_allclose(outputs["cont_out"].numpy(), trunk @ cont[0] + cont[1], rtol=1e-5)
    scores = np.exp(trunk @ cat[0] + cat[1])
    np.testing.assert_allclose(outputs["cat_out"].numpy(), scores / scores.sum(1, keepdims=True), rtol=1e-5)


def test_embeddings_are_looked_up_by_column_and_joined_with_the_numbers():
    model = build_multimodal(
        inputs=[NUMBERS, CODES], outputs=[Head("y")], trunk_units=(), branches={"codes": {"embedding_dim": 3}}
    )
    numbers, codes = np.array([[0.5, -1.0]], dtype="float32"), np.array([[7, 2]], dtype="int32")
    city, colour = (model.get_layer(f"codes_embedding_{place}").get_weights()[0] for place in (1, 2))
    assert (city.shape, colour.shape) == ((10, 3), (4, 3))
    kernel, bias = model.get_layer("y").get_weights()
    joined = np.concatenate([numbers[0], city[7], colour[2]])
    result = model({"numbers": numbers, "codes": codes}).numpy()
    np.testing.assert_allclose(result[0], joined @ kernel + bias, rtol=1e-5)


def test_branches_can_be_added_where_their_widths_agree():
    branches = {"numbers": {"hidden_units": (8,)}, "codes": {"hidden_units": (8,)}}
    model = build_multimodal(inputs=[NUMBERS, CODES], outputs=[Head("y")], branches=branches, join="sum")
    assert model.get_layer("join").output.shape == (None, 8)


def test_adding_branches_of_two_widths_is_an_error():
    with pytest.raises(
        ConfigError, match=r"model\.join: expected branches of one width to sum, or join_units.*'numbers': 2"
    ):
        build_multimodal(inputs=[NUMBERS, CODES], outputs=[Head("y")], join="sum")


def test_a_branch_of_no_input_is_an_error_with_a_hint():
    with pytest.raises(ConfigError, match=r"Received: 'number'\. Did you mean numbers\?"):
        build_multimodal(inputs=[NUMBERS, CODES], outputs=[Head("y")], branches={"number": {}})


def test_heads_may_have_layers_of_their_own():
    model = build_multi_output(inputs=[NUMBERS], outputs=[Head("a"), Head("b")], hidden_units=(4,), head_units=(3,))
    assert model.count_params() == (2 * 4 + 4) + 2 * ((4 * 3 + 3) + (3 + 1))


def test_one_output_is_a_plain_tensor():
    model = build_multimodal(inputs=[NUMBERS], outputs=[Head("y", 2)])
    assert model(np.zeros((3, 2), dtype="float32")).shape == (3, 2)


def test_wide_heads_see_the_inputs_beside_the_trunk():
    model = build_multi_output(inputs=[NUMBERS], outputs=[Head("a"), Head("b")], hidden_units=(4,), wide=True)
    assert model.count_params() == (2 * 4 + 4) + 2 * (4 + 2 + 1)
    x = np.array([[0.5, -1.0], [2.0, 3.0]], dtype="float32")
    kernel, bias = model.get_layer("hidden_1").get_weights()
    both = np.hstack([np.maximum(x @ kernel + bias, 0), x])
    for name in ("a", "b"):
        kernel, bias = model.get_layer(name).get_weights()
        np.testing.assert_allclose(model(x)[name].numpy(), both @ kernel + bias, rtol=1e-5)


def test_without_hidden_layers_a_wide_model_is_a_line_of_its_inputs():
    model = build_multi_output(inputs=[NUMBERS], outputs=[Head("a")], hidden_units=(), wide=True)
    x = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
    middle = model((x[:1] + x[1:2]) / 2).numpy()
    np.testing.assert_allclose(middle, model(x[:2]).numpy().mean(axis=0, keepdims=True), rtol=1e-4)
