"""compile_for and train_for: a recipe's sections to a trained model and its files."""

import csv

import keras
import numpy as np
import pytest
from cases import BINARY, NUMBERS, VALUE, Case

from nnrecipes.config.model import MultiOutputConfig
from nnrecipes.config.monitor import log_names
from nnrecipes.config.outputs import resolve_output
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.errors import ConfigError
from nnrecipes.models.build import build_model
from nnrecipes.training.build import compile_for, train_for
from nnrecipes.training.save import save_model, write_history

CASE = Case("two", MultiOutputConfig(hidden_units=(4,)), (NUMBERS,), (VALUE, BINARY))


def recipe(**training):
    return RecipeConfig.model_validate(
        {
            "name": "two",
            "data": {"source": {"kind": "arrays"}},
            "targets": {
                "price": {"task": "regression", "loss": "mae", "loss_weight": 0.5},
                "late": {"task": "binary"},
            },
            "model": {"kind": "multi_output", "hidden_units": (4,)},
            "training": {"epochs": 3, "batch_size": 8, **training},
        }
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder, said = tmp_path_factory.mktemp("run"), []
    callbacks = {"early_stopping": {}, "schedule": {"kind": "cosine"}, "monitor": "val_late_auc"}
    config = recipe(callbacks=callbacks)
    model = compile_for(build_model(config.model, CASE.spec, config.seed), config)
    seen = []
    own = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["learning_rate"]))
    trained = train_for(
        model, config, CASE.arrays(20), CASE.arrays(10), folder=folder, callbacks=[own], say=said.append
    )
    return folder, config, model, trained.history, said, seen


def test_the_plan_is_said(run):
    assert run[4] == [
        "20 rows in batches of 8 for 3 epochs: 9 updates; callbacks watch val_late_auc (max)",
        "trainer graph: 9 updates are too few for what XLA takes to compile",
    ]


def test_history_has_the_names_that_were_promised(run):
    config = run[1]
    heads = {name: resolve_output(target.task, target)[0] for name, target in config.targets.items()}
    assert sorted(run[3]) == sorted(log_names(heads, learning_rate=True))


def test_losses_and_weights_are_those_of_the_recipe(run):
    history = run[3]
    for total, price, late in zip(
        history["val_loss"], history["val_price_loss"], history["val_late_loss"], strict=True
    ):
        assert total == pytest.approx(0.5 * price + late, rel=1e-5)


def test_own_callbacks_see_the_learning_rate(run):
    assert run[5] == run[3]["learning_rate"] == pytest.approx([0.001, 0.00075, 0.00025])


def test_checkpoints_are_in_the_run_folder(run):
    assert sorted(path.name for path in (run[0] / "checkpoints").iterdir()) == [
        "best.keras",
        "last.keras",
        "resume-000003.npz",
    ]


def test_history_is_written_exactly(run, tmp_path):
    path = write_history(run[3], tmp_path / "history.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["val_loss"]) for row in rows] == run[3]["val_loss"]


def test_the_model_is_written_and_nothing_beside_it(run, tmp_path):
    save_model(run[2], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_a_compiled_model_stays_as_it_is():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("rmsprop", "mae")
    assert type(compile_for(model, recipe()).optimizer) is keras.optimizers.RMSprop


def test_a_target_without_a_task_is_an_error():
    config = recipe()
    targets = {**config.targets, "late": config.targets["late"].model_copy(update={"task": None})}
    with pytest.raises(ConfigError, match=r"targets\.late\.task: expected the target's task"):
        compile_for(build_model(config.model, CASE.spec), config.model_copy(update={"targets": targets}))


@pytest.mark.parametrize("stops", [True, False])
def test_a_training_that_diverges_says_so_in_one_line(tmp_path, stops):
    callbacks = {"monitor": "loss", "terminate_on_nan": stops, "progress": False, "checkpoint": None}
    config = recipe(callbacks=callbacks, optimizer={"kind": "sgd", "learning_rate": 1e30}, epochs=4)
    model = compile_for(build_model(config.model, CASE.spec, config.seed), config)
    said = []
    losses = train_for(model, config, CASE.arrays(20), folder=tmp_path, say=said.append).history["loss"]
    first = next(epoch for epoch, loss in enumerate(losses, start=1) if not np.isfinite(loss))
    assert len(losses) == (first if stops else 4)
    assert [line for line in said if "diverged" in line] == [said[-1]]
    assert said[-1].startswith(f"diverged: the training loss of epoch {first} is ")
    assert said[-1].endswith("Try training.optimizer.learning_rate=1e+29 or training.optimizer.clipnorm=1.0")
