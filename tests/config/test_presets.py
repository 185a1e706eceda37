"""A preset writes values into a recipe wherever it has none of its own."""

import pytest

from nnrecipes.config.load import for_rows, load_config, resolved, write_yaml
from nnrecipes.config.presets import with_preset
from nnrecipes.errors import ConfigError

ROWS = {"data": {"source": {"kind": "arrays"}}, "targets": {"y": {}}}


def load(**sections):
    return load_config({**ROWS, "model": {"kind": "tabular"}, **sections})


def test_a_tabular_model_has_the_good_preset_by_default():
    config = load().config
    assert (config.model.preset, config.training.optimizer["kind"]) == ("good", "adamw")
    assert config.training.optimizer["beta_2"] == 0.95
    assert config.training.callbacks.schedule.kind == "coslog"
    assert config.preprocessing.numeric.scale == "robust_clip"
    assert load_config({**ROWS, "model": "tabular"}).config.model == config.model


def test_what_the_recipe_says_stays():
    config = load(
        preprocessing={"numeric": {"scale": "standard"}},
        training={"optimizer": {"learning_rate": 0.5}, "callbacks": {"schedule": None}, "epochs": 7},
    ).config
    assert config.preprocessing.numeric.scale == "standard"
    assert config.preprocessing.numeric.quantile_bins == load().config.preprocessing.numeric.quantile_bins > 0
    assert (config.training.optimizer["kind"], config.training.optimizer["learning_rate"]) == ("adamw", 0.5)
    assert config.training.callbacks.schedule is None
    assert config.training.epochs == 7


def test_another_kind_is_not_mixed_with_the_presets():
    config = load(training={"optimizer": {"kind": "sgd"}, "callbacks": {"schedule": "cosine"}}).config
    assert config.training.optimizer["learning_rate"] == 0.01  # Keras' own
    assert config.training.callbacks.schedule.kind == "cosine"


def test_none_leaves_everything_to_the_recipe():
    config = load(model={"kind": "tabular", "preset": "none"}).config
    plain = load_config({**ROWS, "model": "sequential"}).config
    assert (config.training, config.preprocessing) == (plain.training, plain.preprocessing)


def test_an_unknown_preset_is_refused_by_name():
    with pytest.raises(ConfigError, match="model.preset: expected one of fast, good, best, none.*Did you mean good"):
        load(model={"kind": "tabular", "preset": "goood"})


@pytest.mark.parametrize("preset", ["fast", "good", "best"])
@pytest.mark.parametrize("rows", [80, 1000, 16_000, 500_000])
def test_the_resolved_recipe_is_the_same_recipe(preset, rows):
    first = for_rows(load(model={"kind": "tabular", "preset": preset}), rows)
    again = load_config(resolved(first))
    assert again.config == first
    assert for_rows(again, 10 * rows) == first
    assert "quantile_bins: 48" in write_yaml(resolved(first))


def test_few_rows_have_small_batches_and_more_epochs_and_very_many_have_large_ones():
    def training(rows):
        return for_rows(load(), rows).training

    few, many = training(80), training(2_000_000)
    assert few.batch_size == 16 < training(16_000).batch_size == 256 < many.batch_size
    assert few.epochs > training(16_000).epochs > many.epochs
    assert 80 / few.batch_size * few.epochs >= 600
    assert 2_000_000 / many.batch_size * many.epochs <= 20_000


def test_best_has_more_networks_than_good_and_good_more_layers_than_fast():
    fast, good, best = (load(model={"kind": "tabular", "preset": name}).config for name in ("fast", "good", "best"))
    assert fast.training.epochs < good.training.epochs
    assert fast.model.hidden_units != good.model.hidden_units
    assert good.training.ensemble < best.training.ensemble


def test_other_models_have_no_preset():
    values = {**ROWS, "model": {"kind": "sequential"}}
    assert with_preset(values) == values


def test_codes_are_for_tabular_models_only():
    with pytest.raises(ConfigError, match="only a tabular model learns vectors"):
        load_config({**ROWS, "model": "sequential", "preprocessing": {"categorical": {"encode": "embedding"}}})


def test_a_text_is_not_for_a_tabular_model():
    with pytest.raises(ConfigError, match="expected multimodal for text inputs"):
        load(inputs={"words": {"kind": "text", "columns": ["a"]}})


@pytest.mark.parametrize(
    ("override", "where"),
    [
        ({"preprocessing.columns": {"a": {"encode": "embedding"}}}, r"preprocessing\.columns\.a\.encode"),
        ({"preprocessing.numeric.target_bins": 8}, r"preprocessing\.numeric\.target_bins: expected 0"),
        ({"training.callbacks.fade": {}}, r"training\.callbacks\.fade: expected null"),
    ],
)
def test_what_only_a_tabular_model_uses_is_refused_elsewhere(override, where):
    with pytest.raises(ConfigError, match=where):
        load_config("sequential_wine", override)


def test_weight_decay_of_adamw_fades_in_any_model():
    optimizer = {"kind": "adamw", "learning_rate": 0.001, "weight_decay": 0.01}
    load_config("sequential_wine", {"training.callbacks.fade": {}, "training.optimizer": optimizer})
