"""Callbacks, fed with losses instead of a training, as Keras tests its own."""

import keras
import numpy as np
import pytest

from nnrecipes.errors import ConfigError
from nnrecipes.training.callbacks import build_callbacks


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    return model


def feed(model, callbacks, losses, name="val_loss", training_loss=1.0):
    """Feed one value an epoch; the kernel is the epoch's number; the third epoch has ``training_loss``."""
    items = keras.callbacks.CallbackList(callbacks, add_history=True, model=model)
    model.stop_training = False
    items.on_train_begin()
    for epoch, loss in enumerate(losses):
        items.on_epoch_begin(epoch)
        model.set_weights([np.full((1, 1), float(epoch))])
        items.on_epoch_end(epoch, {"loss": training_loss if epoch == 2 else 1.0, name: loss})
        if model.stop_training:
            break
    items.on_train_end()
    return model.history.history


def kernel(model):
    return float(model.get_weights()[0][0, 0])


def build(**keywords):
    return build_callbacks(**{"epochs": 10, "progress": False, **keywords})


def test_early_stopping_waits_and_brings_the_best_weights_back(model):
    history = feed(model, build(early_stopping={"patience": 2}), [5, 3, 4, 4, 1])
    assert len(history["val_loss"]) == 4
    assert kernel(model) == 1


def test_best_weights_come_back_even_if_the_training_was_not_stopped(model):
    feed(model, build(early_stopping={"patience": 9}), [5, 3, 4, 4])
    assert kernel(model) == 1


def test_best_weights_stay_away_on_request(model):
    feed(model, build(early_stopping={"patience": 1, "restore_best_weights": False}), [5, 3, 4, 4])
    assert kernel(model) == 2


def test_early_stopping_follows_a_rising_metric(model):
    callbacks = build(monitor="val_auc", early_stopping={"patience": 2})
    assert len(feed(model, callbacks, [0.5, 0.8, 0.7, 0.6, 0.9], "val_auc")["val_auc"]) == 4
    assert kernel(model) == 1


@pytest.mark.parametrize(
    ("options", "losses", "epochs"),
    [
        ({}, [5.0, 4.9, 4.8, 4.9, 4.9, 4.9], 5),
        ({"min_delta": 0.5}, [5.0, 4.9, 4.8, 4.9, 4.9, 4.9], 3),
        ({"baseline": 4.0}, [5.0, 4.9, 4.8, 4.9, 4.9, 4.9], 4),
        ({"start_from_epoch": 2}, [1.0, 5.0, 4.9, 4.8, 4.9, 4.9, 4.9], 6),
    ],
)
def test_every_argument_of_early_stopping_is_reached(model, options, losses, epochs):
    assert len(feed(model, build(early_stopping={"patience": 2, **options}), losses)["val_loss"]) == epochs


def test_a_nan_in_the_first_epoch_is_not_the_best(model):
    feed(model, build(early_stopping={"patience": 2}), [float("nan"), 3, 2, 4])
    assert kernel(model) == 2


def test_reduce_on_plateau_logs_its_rate_and_reduces(model):
    schedule = {
        "kind": "reduce_on_plateau",
        "factor": 0.5,
        "patience": 2,
        "min_delta": 0.1,
        "cooldown": 0,
        "min_lr": 0.04,
    }
    history = feed(model, build(schedule=schedule), [3, 2, 1.95, 1.95, 1.95, 1.95, 1.95, 1.95])
    assert history["learning_rate"] == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.04, 0.04])


@pytest.mark.parametrize(
    ("schedule", "multipliers"),
    [
        ({"kind": "step", "every": 1, "factor": 0.5}, [1, 0.5, 0.25]),
        ({"kind": "exponential", "rate": 0.9}, [1, 0.9, 0.81]),
        ({"kind": "milestones", "at": (1, 2), "factor": 0.1}, [1, 0.1, 0.01]),
        ({"kind": "cosine", "epochs": 3, "warmup_epochs": 1, "final": 0.5}, [0.5, 1, 0.75]),
        ({"kind": "one_cycle", "warmup": 2 / 3, "start_divisor": 5, "final_divisor": 10}, [0.2, 1, 0.1]),
    ],
)
def test_schedules_set_and_log_the_learning_rate(model, schedule, multipliers):
    history = feed(model, build(epochs=3, schedule=schedule), [1, 1, 1])
    assert history["learning_rate"] == pytest.approx([0.1 * item for item in multipliers])


def test_a_schedule_can_be_a_function(model):
    history = feed(model, build(schedule=lambda epoch, rate: rate / 2), [1, 1])
    assert history["learning_rate"] == pytest.approx([0.05, 0.025])


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_training_and_the_best_weights_come_back(model, loss):
    callbacks = build(early_stopping={"patience": 9})
    assert len(feed(model, callbacks, [3, 2, loss, 1], training_loss=loss)["loss"]) == 3
    assert kernel(model) == 1


def test_nan_stop_can_be_switched_off(model):
    callbacks = build(terminate_on_nan=False)
    assert len(feed(model, callbacks, [1, 2, 3, 4], training_loss=float("nan"))["loss"]) == 4


def test_a_monitor_that_is_not_logged_is_an_error_after_the_first_epoch(model):
    callbacks = build(monitor="val_los", mode="min", early_stopping={})
    with pytest.raises(
        ConfigError, match=r"expected one of loss, val_loss. Received: 'val_los'. Did you mean val_loss\?"
    ):
        feed(model, callbacks, [1.0, 2.0])


def test_a_monitor_without_a_direction_needs_a_mode():
    with pytest.raises(ConfigError, match="callbacks.mode: expected min or max, as 'val_speed' does not tell"):
        build(monitor="val_speed", early_stopping={})
    assert build(monitor="val_speed", mode="max", early_stopping={})[1].mode == "max"


def test_a_monitor_that_nobody_watches_is_not_asked_for():
    assert [type(item).__name__ for item in build(monitor="val_speed")] == ["TerminateOnNaN"]


@pytest.mark.parametrize("key", ["checkpoint", "tensorboard"])
def test_files_need_a_folder(key):
    with pytest.raises(ConfigError, match=rf"callbacks\.{key}: expected a run folder"):
        build(**{key: {}})


@pytest.mark.parametrize(
    "keywords",
    [
        {"early_stopping": {"pateince": 1}},
        {"schedule": {"kind": "step", "factr": 1}},
        {"schedule": {"kind": "reduce_on_plateau", "factor": 1.5}},
        {"schedule": {"kind": "steps"}},
    ],
)
def test_wrong_arguments_are_config_errors(keywords):
    with pytest.raises(ConfigError, match=r"^training\.callbacks\."):
        build(**keywords)


def test_tensorboard_writes_under_the_folder_with_its_arguments(model, tmp_path):
    callbacks = build(folder=tmp_path, tensorboard={"histogram_freq": 1, "write_graph": False}, terminate_on_nan=False)
    x = np.zeros((4, 1), dtype="float32")
    model.fit(x, x, verbose=0, callbacks=callbacks)
    assert callbacks[0].histogram_freq == 1
    assert list((tmp_path / "tensorboard").rglob("events.out.tfevents*"))
