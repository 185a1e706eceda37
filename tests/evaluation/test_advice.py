"""Advice after a run: what it says of curves and scores, how often it is right, and that its overrides are recipes."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from nnrecipes.config.load import load_config
from nnrecipes.config.overrides import parse_overrides
from nnrecipes.evaluation.advice import advise
from nnrecipes.evaluation.remedies import earlier, longer, regularise, steadier, widen


def script(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BASE = {"data": {"source": {"kind": "csv", "path": "rows.csv"}}, "targets": {"y": {"task": "binary"}},
        "model": {"kind": "sequential"}, "training": {"epochs": 60}}  # fmt: skip
T = np.arange(60)
NOISE = np.exp(np.random.default_rng(0).normal(0, 0.005, 60))
HEALTHY = {"loss": (np.exp(-T / 6) + 0.2) * NOISE, "val_loss": (np.exp(-T / 6) + 0.22) * NOISE[::-1]}
RISING = {"loss": np.exp(-T / 15), "val_loss": np.exp(-T / 6) + 0.3 + 0.01 * np.clip(T - 20, 0, None)}
FALLING = {"loss": np.exp(-T / 40), "val_loss": np.exp(-T / 42)}
FLAT = {"loss": 0.6 * NOISE, "val_loss": 0.61 * NOISE[::-1]}
JAGGED = {name: values * np.exp(np.random.default_rng(1).normal(0, 0.3, 60)) for name, values in HEALTHY.items()}


def recipe(**changes):
    return load_config(BASE, changes).config


def scores(network, line, constant=0.69, half=0.02):
    difference = network - line
    against = {"metric": "log_loss", "network": network, "linear": line, "difference": difference,
               "low": difference - half, "high": difference + half}  # fmt: skip
    return {"y": {"baselines": {"majority": {"log_loss": constant}}, "against_linear": against}}


GOOD = scores(0.2, 0.4)


def told(history, scored=GOOD, **changes):
    return [(item.kind, item.override) for item in advise(history, scored, recipe(**changes))]


def test_healthy_curves_of_a_network_that_beats_the_line_need_no_advice():
    assert told(HEALTHY) == []


def test_a_rising_validation_loss_is_told_with_its_epoch():
    (found,) = advise(RISING, GOOD, recipe())
    assert found.kind == "overfitting"
    best = int(np.argmin(RISING["val_loss"])) + 1
    rise = RISING["val_loss"][-5:].mean() / RISING["val_loss"].min() - 1
    stated = found.sentence.partition("epoch ")[2].split(" ")[0]
    assert abs(int(stated) - best) <= 2
    assert abs(float(found.sentence.partition("ends ")[2].split("%")[0]) - 100 * rise) < 10
    assert found.override.startswith("training.callbacks.early_stopping.patience=")


def test_a_run_whose_best_weights_came_back_did_not_overfit():
    assert told(RISING, **{"training.callbacks.early_stopping": {"patience": 5}}) == []
    stopping = {"patience": 5, "restore_best_weights": False}
    assert told(RISING, **{"training.callbacks.early_stopping": stopping}) == [
        ("overfitting", "training.callbacks.early_stopping.restore_best_weights=true")
    ]


def test_losses_that_still_fall_ask_for_more_epochs():
    assert told(FALLING) == [("underfitting", "training.epochs=120")]


def test_flat_losses_are_high_where_a_line_is_better():
    assert told(FLAT) == []
    assert [kind for kind, _ in told(FLAT, scores(0.6, 0.5))] == ["underfitting", "linear"]


def test_flat_losses_near_a_constants_are_high_behind_few_units():
    even = scores(0.66, 0.9)
    assert told(FLAT, even) == []
    assert told(FLAT, even, **{"model.hidden_units": [2]}) == [("underfitting", "model.hidden_units=[32]")]


def test_a_jagged_loss_asks_for_larger_batches_or_smaller_steps():
    assert told(JAGGED, **{"training.batch_size": 2}) == [("unstable", "training.batch_size=8")]
    assert told(JAGGED, **{"training.optimizer.learning_rate": 0.1}) == [
        ("unstable", "training.optimizer.learning_rate=0.01")
    ]


def test_one_spike_is_no_unrest():
    spiked = {name: np.where(T == 30, 5.0, values) for name, values in HEALTHY.items()}
    assert told(spiked) == []


def test_a_loss_that_is_not_finite_names_its_epoch():
    broken = {"loss": [0.5, 0.4, float("nan")], "val_loss": [0.5, 0.4, float("nan")]}
    (found,) = advise(broken, {}, recipe(**{"training.batch_size": 2}))
    assert (found.kind, "epoch 3" in found.sentence) == ("unstable", True)
    assert found.override == "training.optimizer.learning_rate=0.0001"


def test_a_network_that_does_not_beat_the_line_is_told_both_numbers():
    (found,) = advise(HEALTHY, scores(0.4, 0.395), recipe())
    assert found.kind == "linear"
    assert "log_loss 0.4 against 0.395" in found.sentence
    assert advise(HEALTHY, scores(0.38, 0.4), recipe()) == []  # better by 5 %, though the rows cannot prove it


def test_there_are_at_most_three():
    several = {f"y{i}": scores(0.6, 0.5)["y"] for i in range(4)}
    assert len(advise(FALLING, several, recipe())) == 3


@pytest.mark.parametrize(
    "history",
    [{}, {"loss": []}, {"loss": [1.0]}, {"loss": [1.0, 0.5]}, {"loss": list(HEALTHY["loss"])},
     {"loss": [-1.0] * 30, "val_loss": [-1.0] * 30}, {"loss": [0.0] * 30, "val_loss": [0.0] * 30},
     {"loss": [1.0] * 30, "val_loss": [1.0] * 15}],
)  # fmt: skip
def test_short_odd_and_constant_curves_are_left_alone(history):
    assert told(history) == []


def test_scores_without_a_comparison_are_left_alone():
    nothing = dict.fromkeys(("network", "linear", "difference", "low", "high"))
    for scored in ({}, {"y": {}}, {"y": {"against_linear": {"metric": "log_loss", **nothing}}}):
        assert told(HEALTHY, scored) == []


MODELS = (
    {"kind": "sequential"}, {"kind": "sequential", "hidden_units": [8, 4], "dropout": [0.5, 0.0]},
    {"kind": "sequential", "l2": 0.1}, {"kind": "multimodal"}, {"kind": "multimodal", "dropout": 0.3},
    {"kind": "multi_output", "hidden_units": [4, 4]}, {"kind": "own"},
    {"kind": "layers", "layers": [{"kind": "BatchNormalization"}, {"kind": "Dense", "units": 4}]},
    {"kind": "layers", "layers": [{"kind": "Flatten"}]},
)  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "changes",
    [{}, {"training.callbacks.early_stopping": {"patience": 3, "restore_best_weights": False}},
     {"training.batch_size": 4}, {"training.optimizer": "sgd"}, {"training.epochs": 1}],
)  # fmt: skip
def test_every_remedy_is_an_override_of_the_recipe_that_it_is_for(model, changes):
    values = {**BASE, "model": model}
    config = load_config(values, changes).config
    for word in (longer(config), earlier(config, 7), steadier(config), steadier(config, diverged=True), widen(config),
                 regularise(config)):  # fmt: skip
        changed = load_config(values, {**changes, **parse_overrides([word])}).config
        assert changed != config or word == "training.epochs=1"


def test_the_precision_in_the_documentation_is_that_of_the_planted_cases():
    generate = script("generate_advice")
    assert generate.DOCS.read_text("utf-8") == generate.text()


def test_at_least_twenty_cases_of_each_kind_are_planted_and_nine_of_ten_sentences_are_right():
    generate = script("generate_advice")
    rows = [
        line.split(" | ")
        for line in generate.DOCS.read_text("utf-8").splitlines()
        if line.startswith("| ") and "planted" not in line
    ]
    assert {row[0].removeprefix("| ") for row in rows} >= {*generate.AFTER, *generate.BEFORE}
    for _, planted, found, _, precision, healthy in (row for row in rows if len(row) == 6):
        assert int(planted) >= 20
        assert int(found) >= 0.7 * int(planted)
        assert float(precision) >= 0.9
        assert int(healthy.split(" ")[0]) <= 5
