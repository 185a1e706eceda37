"""Checkpoints, fed with losses, against Keras' ModelCheckpoint."""

import keras
import numpy as np
import pytest

from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.checkpoint import Checkpoint

LOSSES = [float("nan"), 5.0, 3.0, 4.0, 3.0, 3.5]


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse", jit_compile=False)
    return model


def feed(model, callback, losses=LOSSES, look=lambda epoch: None):
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, loss in enumerate(losses):
        model.set_weights([np.full((1, 1), float(epoch))])
        callback.on_epoch_end(epoch, {"val_loss": loss})
        seen.append(look(epoch))
    callback.on_train_end()
    return seen


def kernel(path):
    return float(keras.saving.load_model(path).get_weights()[0][0, 0])


def test_best_and_last_are_kept_and_nothing_else(model, tmp_path):
    feed(model, Checkpoint(tmp_path / "checkpoints"))
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["best.keras", "last.keras"]
    assert kernel(tmp_path / "checkpoints" / "best.keras") == 2
    assert kernel(tmp_path / "checkpoints" / "last.keras") == 5
    assert float(model.get_weights()[0][0, 0]) == 5  # the model itself goes on from where it was


def test_every_epoch_has_the_best_of_keras_model_checkpoint(model, tmp_path):
    losses = LOSSES[1:]
    theirs = keras.callbacks.ModelCheckpoint(tmp_path / "theirs.keras", mode="min", save_best_only=True)
    expected = feed(model, theirs, losses, lambda epoch: kernel(tmp_path / "theirs.keras"))
    ours = Checkpoint(tmp_path, every_seconds=0)
    assert feed(model, ours, losses, lambda epoch: kernel(tmp_path / "best.keras")) == expected
    assert (ours.best_epoch_, ours.best_value_) == (1, 3.0)


def test_max_mode_and_threshold(model, tmp_path):
    feed(model, Checkpoint(tmp_path, mode="max", initial_value_threshold=4.5))
    assert kernel(tmp_path / "best.keras") == 1
    feed(model, Checkpoint(tmp_path / "none", mode="max", initial_value_threshold=9))
    assert not (tmp_path / "none" / "best.keras").exists()


def test_weights_only_on_request(model, tmp_path):
    feed(model, Checkpoint(tmp_path, weights_only=True, last=False))
    assert [path.name for path in tmp_path.iterdir()] == ["best.weights.h5"]
    model.load_weights(tmp_path / "best.weights.h5")
    assert float(model.get_weights()[0][0, 0]) == 2


def test_a_model_that_keras_cannot_write_whole_gets_weights(tmp_path):
    class Own(keras.Model):
        def __init__(self, function):
            super().__init__()
            self.dense = keras.layers.Dense(1, use_bias=False)
            self.function = function

        def call(self, x):
            return self.dense(x)

    model = Own(object())
    model(np.zeros((1, 1), dtype="float32"))
    feed(model, Checkpoint(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.weights.h5", "last.weights.h5"]


def test_last_is_the_last_epoch_although_early_stopping_brings_the_best_back(model, tmp_path):
    callbacks = build_callbacks(
        epochs=9, folder=tmp_path, checkpoint={}, early_stopping={"patience": 3}, progress=False
    )
    feed(model, keras.callbacks.CallbackList(callbacks, model=model))
    assert kernel(tmp_path / "checkpoints" / "last.keras") == 5
    assert float(model.get_weights()[0][0, 0]) == 2


def test_a_kill_while_writing_leaves_the_file_of_before(model, tmp_path, monkeypatch):
    feed(model, Checkpoint(tmp_path), LOSSES[:3])

    def killed(path):
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        feed(model, Checkpoint(tmp_path))
    assert kernel(tmp_path / "best.keras") == 2
