# %% [markdown]
# # Callbacks
#
# A callback watches the training and acts between two epochs: it stops when nothing improves, keeps the best
# weights, changes the learning rate, writes logs. In a recipe they are the keys under `training.callbacks`.
# Outside of a recipe, `nn.build_callbacks` makes the same list for a plain Keras `fit`.

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nnrecipes as nn

runs = tempfile.mkdtemp()
quiet = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.baselines": False}
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"

# %% [markdown]
# ## Stop early, keep the best
#
# 442 patients, ten measurements, and a network that is far too large for so few rows: it soon learns its training
# rows by heart, and the validation loss rises again. *Early stopping* waits `patience` epochs for an improvement,
# stops, and puts the best weights back. *Checkpoints* keep the best and the last network as files.

# %%
run = nn.train(
    "sequential_diabetes",
    overrides={
        **quiet,
        "model.hidden_units": [128, 64],
        "model.dropout": 0.0,
        "model.l2": 0.0,
        "training.epochs": 60,
        "training.callbacks.early_stopping.patience": 10,
        "training.callbacks.schedule": None,
    },
    runs_dir=runs,
)
watched = run.history["val_loss"]
best = int(np.argmin(watched)) + 1
print(f"{len(watched)} of 60 epochs; the best was number {best}")

# %%
run.plot_history()

# %% [markdown]
# The network of the run is that of the best epoch, not of the last one. The checkpoints have both, and we can ask
# them:

# %%
import keras

from nnrecipes.data.build import load_data
from nnrecipes.preprocessing.build import fit_preprocessor

validation = fit_preprocessor(run.config, load_data(run.config)).validation
x, y = validation.x["features"], validation.y["progression"].reshape(-1, 1)


def loss_of(model):
    return float(np.mean((model(x).numpy() - y) ** 2))


files = {name: keras.saving.load_model(run.path / "checkpoints" / name) for name in ("best.keras", "last.keras")}
losses = {name: loss_of(model) for name, model in {"the run's model": run.model, **files}.items()}
for name, loss in losses.items():
    print(f"{name:16} validation loss {loss:.4f}")
assert np.isclose(losses["the run's model"], watched[best - 1], rtol=1e-4)
assert np.isclose(losses["best.keras"], watched[best - 1], rtol=1e-4)
assert np.isclose(losses["last.keras"], watched[-1], rtol=1e-4)

# %% [markdown]
# All of them watch one value, the `monitor`. A name that the training will not have is an error before anything
# starts.

# %%
try:
    nn.check("sequential_wine", overrides={"training.callbacks.monitor": "val_acuracy"})
except nn.ConfigError as error:
    print(error)

# %% [markdown]
# ## Learning rates that change
#
# Long steps first, to get near; short ones later, to settle. A schedule multiplies the base rate by a number that
# depends on the epoch. These are the pure functions behind the recipe's `schedule.kind`:

# %%
from nnrecipes.training import schedules

EPOCHS = 60
curves = {
    "step": lambda epoch: schedules.step(epoch, every=15, factor=0.5),
    "exponential": lambda epoch: schedules.exponential(epoch, rate=0.95),
    "milestones": lambda epoch: schedules.milestones(epoch, at=(30, 50), factor=0.1),
    "cosine, with warm-up": lambda epoch: schedules.cosine(epoch, epochs=EPOCHS, warmup_epochs=6),
    "one_cycle": lambda epoch: schedules.one_cycle(epoch, epochs=EPOCHS),
}
fig, axes = plt.subplots(1, len(curves), figsize=(13, 2.6), sharey=True, layout="constrained")
for ax, (name, curve) in zip(axes, curves.items(), strict=True):
    ax.plot(range(1, EPOCHS + 1), [curve(epoch) for epoch in range(EPOCHS)], color=GREEN)
    ax.set(title=name, xlabel="epoch", ylim=(-0.05, 1.1))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("times the base rate")
plt.show()

# %% [markdown]
# In a recipe a schedule is one line, and the rate of each epoch is part of the history.

# %%
cycle = nn.train(
    "sequential_wine",
    overrides={
        **quiet,
        "training.epochs": 20,
        "training.callbacks.schedule": {"kind": "one_cycle"},
        "training.callbacks.tensorboard": {},
    },
    runs_dir=runs,
)
base = cycle.config.training.optimizer["learning_rate"]
expected = [base * schedules.one_cycle(epoch, epochs=20) for epoch in range(20)]
assert np.allclose(cycle.history["learning_rate"], expected)
cycle.plot_history()

# %% [markdown]
# ## TensorBoard
#
# The run above had `tensorboard: {}` in its recipe, so its logs lie in its folder. On the command line,
# `tensorboard --logdir runs` shows all runs side by side. The logs can be read from Python, too:

# %%
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

for log in ("train", "validation"):
    events = EventAccumulator(str(cycle.path / "tensorboard" / log)).Reload()
    print(log, sorted(events.Tags()["tensors"]))

# %% [markdown]
# ## The same with a plain Keras `fit`
#
# `nn.build_callbacks` takes the recipe's words as keywords, and returns ordinary Keras callbacks. Here it watches
# a small regression on the same patients that we write ourselves, without a recipe.
#
# `reduce_on_plateau` has no curve to draw in advance: here it halves the rate whenever the watched value has not
# improved for some epochs.

# %%
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

table, progression = load_diabetes(return_X_y=True, scaled=False)
scaler = StandardScaler().fit(table[:300])
rows = scaler.transform(table)
goal = (progression - progression[:300].mean()) / progression[:300].std()


def fit(callbacks, epochs, learning_rate=0.01):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate, momentum=0.9), loss="mse")
    history = model.fit(
        rows[:300],
        goal[:300],
        validation_data=(rows[300:], goal[300:]),
        epochs=epochs,
        callbacks=callbacks,
        verbose=0,
    )
    return model, history.history


folder = Path(tempfile.mkdtemp())
callbacks = nn.build_callbacks(
    epochs=40,
    folder=folder,
    early_stopping={"patience": 14},
    checkpoint={"weights_only": True},
    schedule={"kind": "reduce_on_plateau", "factor": 0.5, "patience": 4},
    progress=False,
)
print([type(callback).__name__ for callback in callbacks])

plain, history = fit(callbacks, epochs=40)
print(f"{len(history['loss'])} epochs; files:", sorted(file.name for file in (folder / "checkpoints").iterdir()))

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
epochs = range(1, len(history["loss"]) + 1)
axes[0].plot(epochs, history["loss"], color=BLUE, label="training")
axes[0].plot(epochs, history["val_loss"], color=ORANGE, linestyle="--", label="validation")
axes[0].axvline(int(np.argmin(history["val_loss"])) + 1, color=GREY, linestyle=":", label="best epoch")
axes[0].set(xlabel="epoch", ylabel="loss")
axes[0].legend(frameon=False)
axes[1].step(epochs, history["learning_rate"], where="mid", color=GREEN)
axes[1].set(xlabel="epoch", ylabel="learning rate (log scale)", yscale="log", title="reduce_on_plateau")
for ax in axes:
    ax.xaxis.get_major_locator().set_params(integer=True)
plt.show()
assert np.isclose(plain.evaluate(rows[300:], goal[300:], verbose=0), min(history["val_loss"]), rtol=1e-5)

# %% [markdown]
# A schedule may also be a function of your own, from the epoch and the rate before it to the next rate.

# %%
_, history = fit(
    nn.build_callbacks(epochs=4, schedule=lambda epoch, rate: rate / 2 if epoch else rate, progress=False), 4
)
print([float(f"{rate:.5g}") for rate in history["learning_rate"]])

# %% [markdown]
# ## When a training explodes
#
# With steps that are much too long the loss grows beyond all numbers. `terminate_on_nan`, on unless you switch it
# off, ends such a training at once, in place of 100 epochs of nothing.

# %%
_, history = fit(nn.build_callbacks(epochs=100, progress=False), epochs=100, learning_rate=10.0)
print(f"plain fit: {len(history['loss'])} of 100 epochs; losses:", history["loss"])

exploded = nn.train(
    "sequential_diabetes",
    overrides={**quiet, "training.epochs": 100, "training.optimizer": {"kind": "sgd", "learning_rate": 10.0}},
    runs_dir=runs,
)
print(f"recipe:    {len(exploded.history['loss'])} of 100 epochs; losses:", exploded.history["loss"])
print("the run's score:", exploded.metrics["progression"]["metrics"]["rmse"])

# %% [markdown]
# ## A callback of your own
#
# Any Keras callback can join a recipe's own. What it puts into the logs becomes part of the run's history. This
# one notes how far the weights of the first layer have moved from where they began.


# %%
class Travel(keras.callbacks.Callback):
    def set_model(self, model):
        super().set_model(model)
        self.start = model.layers[0].get_weights()[0]

    def on_epoch_end(self, epoch, logs=None):
        logs["distance"] = float(np.linalg.norm(self.model.layers[0].get_weights()[0] - self.start))
        logs["distance_an_epoch"] = logs["distance"] / (epoch + 1)


wine = nn.train("sequential_wine", overrides={**quiet, "training.epochs": 10}, callbacks=[Travel()], runs_dir=runs)
print("distance:         ", np.round(wine.history["distance"], 2))
print("distance an epoch:", np.round(wine.history["distance_an_epoch"], 2))
