"""A training that is begun again from its state ends as if it had not been stopped, whatever its callbacks remember."""

import keras
import numpy as np
import pytest

from nnrecipes.data.spec import Arrays
from nnrecipes.errors import RunError
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.fit import fit_keras
from nnrecipes.training.resume import Resume, forgetful, load_resume, resume_files

EPOCHS = 8
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(48, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]]) + RANDOM.normal(size=(48, 1))).astype("float32")
TRAIN = Arrays({"x": X[:32]}, {"y": Y[:32]}, rows=np.arange(32))
HELD = Arrays({"x": X[32:]}, {"y": Y[32:]}, rows=np.arange(32, 48))


class Crash(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at:
            raise InterruptedError


class Counter(keras.callbacks.Callback):
    """A user's callback that remembers, and writes what it remembers into the logs."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs["loss"])
        logs["mean_loss"] = sum(self.seen) / len(self.seen)

    def get_state(self):
        return {"seen": self.seen}

    def set_state(self, state):
        self.seen = state["seen"]


def network(optimizer):
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((3,), name="x"), *layers, keras.layers.Dense(1, name="y")])
    model.compile(optimizer(), "mse", run_eagerly=True)  # to trace costs more than these few updates
    return model


def train(folder, optimizer, callbacks, crash=None):
    """One training, or what is left of it, by the contract that every trainer has."""
    state = load_resume(folder)
    watched = [*callbacks(folder), keras.callbacks.History()]
    model = network(optimizer)
    begin = 0 if state is None else (EPOCHS if state["stopped"] else state["epochs"])
    stop = [] if crash is None else [Crash(crash)]
    resume = Resume(folder, watched, state)
    history = fit_keras(model, TRAIN, HELD, epochs=EPOCHS, batch_size=8, seed=3, callbacks=[*stop, *watched, resume],
                        initial_epoch=begin)  # fmt: skip
    return model, history, watched


def factory(**options):
    return lambda folder: build_callbacks(epochs=EPOCHS, folder=folder, progress=False, **options)


def watchers(folder):
    """Early stopping, a plateau and a checkpoint of ours; a user's checkpoint and counter."""
    ours = build_callbacks(epochs=EPOCHS, folder=folder, progress=False, early_stopping={"patience": 3}, checkpoint={},
                           schedule={"kind": "reduce_on_plateau", "patience": 1, "cooldown": 1})  # fmt: skip
    theirs = folder / "theirs.weights.h5"
    return [*ours, keras.callbacks.ModelCheckpoint(theirs, save_best_only=True, save_weights_only=True), Counter()]


def cosine(folder):
    return build_callbacks(epochs=EPOCHS, progress=False, schedule={"kind": "cosine", "warmup_epochs": 2})


def decaying():
    return keras.optimizers.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.05, 4, 0.9))


CASES = {
    "watched": (lambda: keras.optimizers.Adam(0.05, gradient_accumulation_steps=3), watchers),
    "averaged, by a curve": (lambda: keras.optimizers.SGD(0.05, momentum=0.9, use_ema=True), cosine),
    "scaled, a rate by update": (lambda: keras.optimizers.LossScaleOptimizer(decaying()), lambda folder: []),
}


@pytest.fixture(scope="module", params=CASES)
def trainings(request, tmp_path_factory):
    """A training that was never stopped, and one that was twice; then what is begun after the end."""
    folder = tmp_path_factory.mktemp("resume")
    whole = train(folder / "whole", *CASES[request.param])
    for crash in (0, 4):
        with pytest.raises(InterruptedError):
            train(folder / "parts", *CASES[request.param], crash)
    return whole, train(folder / "parts", *CASES[request.param]), folder


def arrays(variables):
    return [np.asarray(keras.ops.convert_to_numpy(variable)).tobytes() for variable in variables]


def test_weights_and_history_are_those_of_a_training_that_was_never_stopped(trainings):
    (model, history, _), (resumed, found, _), _ = trainings
    assert found == history
    assert arrays(resumed.variables) == arrays(model.variables)
    assert arrays(resumed.optimizer.variables) == arrays(model.optimizer.variables)


def test_callbacks_remember_what_they_would(trainings):
    (_, _, watched), (_, _, again), _ = trainings
    names = ("best", "best_epoch", "wait", "stopped_epoch", "cooldown_counter", "base_", "best_value_", "seen")
    for one, other in zip(again, watched, strict=True):
        for name in names:
            assert getattr(one, name, None) == getattr(other, name, None)


def test_checkpoints_hold_the_same_weights(trainings):
    (model, _, _), _, folder = trainings
    for name in [path.relative_to(folder / "whole") for path in (folder / "whole").rglob("*.weights.h5")]:
        model.load_weights(folder / "whole" / name)
        expected = arrays(model.weights)
        model.load_weights(folder / "parts" / name)
        assert arrays(model.weights) == expected
    for name in [path.relative_to(folder / "whole") for path in (folder / "whole").rglob("*.keras")]:
        one, other = (keras.saving.load_model(folder / side / name) for side in ("whole", "parts"))
        assert arrays(one.weights + one.optimizer.variables) == arrays(other.weights + other.optimizer.variables)


def test_a_training_that_was_complete_is_not_trained_again(trainings, request):
    (expected, history, _), _, folder = trainings
    case = CASES[request.node.callspec.params["trainings"]]
    model, found, _ = train(folder / "parts", *case, crash=EPOCHS - 1)
    assert found == history
    assert arrays(model.variables) == arrays(expected.variables)


def test_there_is_one_file_and_after_a_kill_between_two_epochs_the_later_counts(trainings, tmp_path):
    (last,) = resume_files(trainings[2] / "parts")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "resume-000002.npz").write_bytes(b"of an epoch before")
    (tmp_path / "checkpoints" / last.name).write_bytes(last.read_bytes())
    assert load_resume(tmp_path)["epochs"] == len(trainings[0][1]["loss"])


def test_another_network_or_other_callbacks_are_refused(trainings):
    folder = trainings[2] / "whole"
    resume = Resume(folder, [Counter()], load_resume(folder))
    resume.set_model(trainings[0][0])
    with pytest.raises(RunError, match="expected the callbacks .*Received: Counter"):
        resume.on_train_begin()
    with pytest.raises(RunError, match="expected an optimizer with variables of the shapes"):
        train(folder, lambda: keras.optimizers.Adadelta(), cosine)


def test_callbacks_without_state_are_named():
    class Silent(keras.callbacks.Callback):
        pass

    callbacks = [Silent(), Counter(), keras.callbacks.EarlyStopping(), keras.callbacks.TerminateOnNaN()]
    assert forgetful(callbacks) == ["Silent"]
