"""What a search may try, and what is refused before anything is trained."""

import optuna
import pytest

import nnrecipes as nn
from nnrecipes.config.tuning import ParameterConfig
from nnrecipes.tuning.space import architectures, grid, in_order, own_params, suggest, values_of

RECIPE = {
    "name": "searched",
    "data": {"source": {"kind": "sklearn", "name": "iris"}},
    "targets": {"species": {"task": "multiclass"}},
    "model": {"kind": "sequential", "hidden_units": [8]},
    "training": {"epochs": 3},
}


def checked(space, **tuning):
    return nn.check({**RECIPE, "tuning": {"space": space, **tuning}})


def refused(space, **tuning):
    with pytest.raises(nn.ConfigError) as caught:
        checked(space, **tuning)
    return str(caught.value)


def test_a_space_of_every_kind_is_taken():
    space = {
        "training.optimizer.learning_rate": {"loguniform": [1e-4, 1e-1]},
        "model.dropout": {"uniform": [0, 0.4], "step": 0.1},
        "training.batch_size": {"logint": [8, 64]},
        "training.epochs": {"integer": [2, 4]},
        "model.hidden_units": {"choice": [[8], [16, 8]]},
    }
    assert set(checked(space).config.tuning.space) == set(space)


def test_a_choice_that_its_key_does_not_take_is_named_at_its_place():
    assert "tuning.space.model.hidden_units.choice.1" in refused({"model.hidden_units": {"choice": [[8], ["many"]]}})


def test_a_limit_out_of_range_is_named():
    message = refused({"model.dropout": {"uniform": [0.1, 1.5]}})
    assert "tuning.space.model.dropout.uniform.1" in message
    assert "below 1" in message


def test_a_misspelt_key_names_the_nearest():
    message = refused({"training.optimizer.learning_rat": {"loguniform": [1e-4, 1e-1]}})
    assert "learning_rate" in message


def test_a_misspelt_key_is_one_line_at_the_key():
    (line,) = refused({"model.dropot": {"uniform": [0, 0.4]}}).splitlines()
    assert "tuning.space.model.dropot: expected one of the keys" in line
    assert line.endswith("Did you mean dropout?")


@pytest.mark.parametrize("key", ["seed", "data.split.test", "training.callbacks.monitor", "tuning.trials"])
def test_keys_that_would_make_trials_incomparable_are_refused(key):
    assert "is the same for all" in refused({key: {"integer": [1, 3]}})


def test_two_ranges_of_one_key_are_refused():
    assert "one of choice" in refused({"training.epochs": {"integer": [1, 3], "choice": [1, 2]}})


def test_limits_that_fall_are_refused():
    assert "lower limit" in refused({"training.epochs": {"integer": [5, 2]}})


def test_a_condition_on_a_key_without_choices_is_refused():
    message = refused({
        "training.epochs": {"integer": [1, 3]},
        "model.dropout": {"uniform": [0, 0.4], "when": {"training.epochs": 2}},
    })  # fmt: skip
    assert "keys of the space with choices" in message


def test_conditions_in_a_circle_are_refused():
    message = refused({
        "model.activation": {"choice": ["relu", "gelu"], "when": {"model.hidden_units": [[8]]}},
        "model.hidden_units": {"choice": [[8], [4]], "when": {"model.activation": "relu"}},
    })  # fmt: skip
    assert "lead nowhere back" in message


def test_an_objective_of_training_rows_is_refused():
    assert "validation rows" in refused({"training.epochs": {"integer": [1, 3]}}, objective="loss")


def test_an_objective_that_no_epoch_logs_names_the_nearest():
    message = refused({"training.epochs": {"integer": [1, 3]}}, objective="val_acuracy")
    assert "Did you mean val_accuracy?" in message


def test_a_grid_over_a_continuous_range_is_refused():
    assert "grid" in refused({"model.dropout": {"uniform": [0, 0.4]}}, sampler="grid")


def test_a_key_is_left_out_where_its_condition_does_not_hold():
    space = {
        "model.dropout": ParameterConfig(uniform=(0.0, 0.5), when={"model.activation": "relu"}),
        "model.activation": ParameterConfig(choice=("relu", "gelu")),
    }
    assert in_order(space) == ["model.activation", "model.dropout"]
    with_it = optuna.trial.FixedTrial({"model.activation": '"relu"', "model.dropout": 0.2})
    assert suggest(with_it, space) == {"model.activation": "relu", "model.dropout": 0.2}
    without = optuna.trial.FixedTrial({"model.activation": '"gelu"'})
    assert suggest(without, space) == {"model.activation": "gelu"}


def test_the_grid_has_no_combination_twice():
    space = {
        "a": ParameterConfig(choice=(1, 2)),
        "b": ParameterConfig(integer=(1, 3), when={"a": 1}),
    }
    assert [values_of(params, space) for params in grid(space)] == [
        {"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2},
    ]  # fmt: skip


def test_own_values_are_those_that_the_space_holds():
    space = {
        "model.hidden_units": ParameterConfig(choice=((8,), (16, 8))),
        "model.dropout": ParameterConfig(uniform=(0.0, 0.4), step=0.1),
        "training.optimizer.weight_decay": ParameterConfig(loguniform=(1e-4, 1e-1)),
        "training.batch_size": ParameterConfig(integer=(8, 64), when={"model.hidden_units": [[8]]}),
    }

    def own(units, dropout, decay=None, size=32):
        optimizer = {"weight_decay": decay}
        return own_params({"model": {"hidden_units": units, "dropout": dropout},
                           "training": {"optimizer": optimizer, "batch_size": size}}, space)  # fmt: skip

    assert own([8], 0.1) == {"model.hidden_units": "[8]", "model.dropout": 0.1, "training.batch_size": 32}
    assert own([16, 8], 0.15, 0.01) == {"model.hidden_units": "[16, 8]", "training.optimizer.weight_decay": 0.01}
    assert own([9], 0.5, 0.5, 128) == {}


def test_numbers_that_a_program_reads_do_not_make_architectures():
    space = {
        "training.optimizer.learning_rate": ParameterConfig(loguniform=(1e-4, 1e-1)),
        "model.dropout": ParameterConfig(uniform=(0.1, 0.4)),
        "training.epochs": ParameterConfig(integer=(5, 9)),
        "model.hidden_units": ParameterConfig(choice=((8,), (16, 8))),
        "training.batch_size": ParameterConfig(integer=(8, 64), step=8),
    }
    assert architectures(space) == 2 * 8
    assert architectures({"model.l2": ParameterConfig(loguniform=(1e-6, 1e-2))}) == float("inf")
