"""Advice on a recipe: what it says, and that its override ends it."""

import pytest

from nnrecipes.config.advice import advise_config, usual_batch
from nnrecipes.config.load import load_config
from nnrecipes.config.overrides import parse_overrides

BASE = {
    "data": {"source": {"kind": "csv", "path": "rows.csv"}},
    "targets": {"y": {"task": "binary"}},
    "model": {"kind": "sequential", "hidden_units": [32, 16]},
}
DENSE = {"kind": "Dense", "units": 8, "activation": "relu"}
ONE = {"kind": "Dense", "units": 1, "activation": "softmax"}


def layers(*listed):
    return {"model": {"kind": "layers", "layers": list(listed)}}


def dropout(rate):
    return {"kind": "Dropout", "rate": rate}


PLANTED = [
    ({"model.dropout": [0.0, 0.4]}, {}, "dropout_at_output", "40%"),
    ({"model.hidden_units": [64], "model.dropout": 0.3}, {}, "dropout_at_output", "30%"),
    ({"model": {"kind": "multimodal", "trunk_units": [64], "dropout": 0.5}}, {}, "dropout_at_output", "50%"),
    (layers(DENSE, dropout(0.1)), {}, "dropout_at_output", "10%"),
    (layers({"kind": "Flatten"}, dropout(0.2)), {}, "dropout_at_output", "20%"),
    ({"model.dropout": 0.5}, {}, "dropout_everywhere", "25%"),
    ({"model": {"kind": "multi_output", "hidden_units": [8, 8], "dropout": 0.4}}, {}, "dropout_everywhere", "36%"),
    (layers(DENSE, dropout(0.4), DENSE, {"kind": "BatchNormalization"}, dropout(0.4)), {}, "dropout_everywhere", "36%"),
    ({"preprocessing.numeric.scale": "none"}, {}, "unscaled_inputs", "scale: none"),
    ({"preprocessing.numeric.scale": "none"}, {"spread": {"a": 1.0, "b": 250.0}}, "unscaled_inputs", "of b is 250"),
    ({"targets.y": {"task": "regression", "scale": "none"}}, {}, "unscaled_target", "own unit"),
    ({"targets.y": {"task": "regression", "scale": "none"}}, {"spread": {"y": 9000.0}}, "unscaled_target", "9000"),
    ({"training.batch_size": 20_000}, {}, "batch_size", "20,000"),
    ({"training.batch_size": 1}, {}, "batch_size", "1 rows"),
    ({"training.batch_size": 512}, {"rows": 600}, "batch_size", "2 updates"),
    ({"training.batch_size": 4}, {"rows": 100_000}, "batch_size", "25,000 updates"),
    (layers(DENSE, ONE), {}, "softmax_one_unit", "model.layers.1"),
    (layers({"kind": "Dense", "units": 1}, {"kind": "Softmax"}), {}, "softmax_one_unit", "model.layers.1"),
    ({"model.hidden_units": [8, 1], "model.activation": ["relu", "softmax"]}, {}, "softmax_one_unit", "hidden layer 2"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "measured", "kind", "figure"), PLANTED)
def test_advice_names_a_figure_and_its_override_ends_it(changes, measured, kind, figure):
    found = advise_config(load_config(BASE, changes).config, **measured)
    assert [item.kind for item in found] == [kind]
    assert figure in found[0].sentence
    mended = load_config(BASE, {**changes, **parse_overrides([found[0].override])}).config
    assert kind not in [item.kind for item in advise_config(mended, **measured)]


HEALTHY = [
    ({}, {}),
    ({"model.dropout": 0.2}, {}),
    ({"model.dropout": [0.5, 0.0]}, {}),
    (layers(dropout(0.2), DENSE, dropout(0.5), DENSE), {}),
    (layers({"kind": "BatchNormalization"}, DENSE) | {"preprocessing.numeric.scale": "none"}, {}),
    ({"preprocessing.numeric.scale": "none"}, {"spread": {"a": 1.0, "b": 0.4, "constant": 0.0}}),
    ({"preprocessing.numeric.scale": "none", "preprocessing.columns": {"b": {"scale": "standard"}}}, {"spread": {"b": 900.0}}),
    ({"targets.y": {"task": "regression", "scale": "none"}}, {"spread": {"y": 0.8}}),
    ({"targets.y": {"task": "regression", "scale": "none", "activation": "relu"}}, {}),
    ({"targets.y": {"task": "regression", "loss": "poisson", "activation": "exponential"}}, {}),
    ({"training.batch_size": 8}, {"rows": 100}),
    ({"training.batch_size": 32}, {"rows": 11_000}),
    ({"training.batch_size": 1024}, {"rows": 1_000_000}),
    ({"training.batch_size": 64}, {"rows": 500}),
    ({"training.batch_size": 4}, {"rows": 1500}),
    ({"model": {"kind": "multimodal"}}, {}),
    ({"model": {"kind": "own"}}, {}),
    ({"targets.y": {"task": "binary", "activation": "softmax"}}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "measured"), HEALTHY)
def test_a_healthy_recipe_is_told_nothing(changes, measured):
    assert advise_config(load_config(BASE, changes).config, **measured) == []


SHIPPED = {"sequential_wine": [], "sequential_breast_cancer": [], "sequential_digits": [], "sequential_diabetes": [],
           "multimodal_two_inputs": [], "iris_multi_output": ["unscaled_target"]}  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_recipes_get_the_advice_that_they_deserve(name):
    assert [item.kind for item in advise_config(load_config(name).config)] == SHIPPED[name]


def test_a_usual_batch_is_a_power_of_two_from_16_to_1024():
    assert [usual_batch(rows) for rows in (1, 10, 800, 3200, 11_000, 51_200, 10**7)] == [
        16,
        16,
        16,
        64,
        256,
        1024,
        1024,
    ]
