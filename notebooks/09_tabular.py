# %% [markdown]
# # A modern tabular network, step by step
#
# On tables, plain networks of the textbook lose to gradient boosting. What has closed the gap since about 2021 is not
# one idea but a handful of small ones: how numbers enter the network, how layers are scaled, how the learning rate
# moves, and how several networks share one. `model: {kind: tabular}` has them all. Here we take an ordinary network and
# add them one after the other, on the same rows, and write down what each is worth.

# %%
# %matplotlib inline
import copy
import itertools
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import nnrecipes as nn
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import tensorflow as tf

from nnrecipes.data.synthetic import harbour_trips
from nnrecipes.preprocessing.bins import fit_edges
from nnrecipes.training.schedules import coslog, flat_cosine

tf.config.threading.set_intra_op_parallelism_threads(1)  # networks this small are not worth a second core
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"

# %% [markdown]
# ## The table
#
# 1,200 fishing trips from six harbours: what was caught, in kilograms, given harbour, gear, day, hours at sea, wind and
# water temperature. The catch depends on products of these, so a straight line does badly; 18 kg of it are noise that
# no model can know.

# %%
trips = harbour_trips()
trips.head(3)

# %% [markdown]
# ## How a number enters
#
# A network is a smooth function, and smooth functions of a raw number are slow to learn steps and bends. Two cures:
#
# - **Robust scaling with a smooth clip.** Subtract the median, divide by the interquartile range, then draw what is
#   far away to within 3: $x / \sqrt{1 + (x/3)^2}$. An outlier is still the largest, but no longer a hundred times.
# - **Piecewise-linear embedding.** Cut the axis into bins and say for each bin how far the number has gone through
#   it: 0 before, 1 behind, a fraction inside. A matrix on top of that is any piecewise-linear function. Bins are
#   placed by quantiles (many rows, many bins), by distinct values (gaps and tails), and by a small decision tree that
#   looks where the target changes.

# %%
hours = trips["hours"].to_numpy()
edges = {
    "quantiles": fit_edges(hours, quantile=12),
    "distinct values": fit_edges(hours, distinct=12),
    "a tree for the catch": fit_edges(hours, target=8, goal=trips[["catch_kg"]].to_numpy()),
}
figure, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained")
x = np.linspace(-30, 30, 400)
axes[0].plot(x, x, color=GREY, lw=1)
axes[0].plot(x, x / np.sqrt(1 + (x / 3) ** 2), color=BLUE)
axes[0].set(title="smooth clip", xlabel="scaled number", ylabel="what enters", ylim=(-6, 6))
axes[1].hist(hours, 60, color=GREY, alpha=0.5)
for place, (name, color) in enumerate(zip(edges, (BLUE, ORANGE, GREEN), strict=True)):
    axes[1].plot(edges[name], np.full(len(edges[name]), 5 + 6 * place), "|", ms=14, mew=2, color=color, label=name)
axes[1].set(title="three ways to place bins", xlabel="hours at sea")
axes[1].legend(fontsize=8)
few = edges["quantiles"][::3]
for low, high in itertools.pairwise(few):
    at = np.linspace(hours.min(), hours.max(), 200)
    axes[2].plot(at, np.clip((at - low) / (high - low), 0, 1))
axes[2].set(title="the encoding of one number", xlabel="hours at sea", ylabel="way through each bin")
plt.show()

# %% [markdown]
# ## How it is trained
#
# The learning rate goes up and down four times, each time twice as long (`coslog`): every descent ends in a place that
# is good enough to stop, and the best epoch's weights are kept. Dropout and weight decay are whole in the first half
# and fade away in the second.

# %%
epochs = 60
figure, axis = plt.subplots(figsize=(7, 2.5), layout="constrained")
axis.plot([coslog(epoch, epochs=epochs) for epoch in range(epochs)], color=BLUE, label="learning rate")
axis.plot([flat_cosine(epoch, epochs=epochs) for epoch in range(epochs)], color=ORANGE, label="dropout, weight decay")
axis.set(xlabel="epoch", ylabel="share of the highest")
axis.legend()
plt.show()

# %% [markdown]
# ## The steps
#
# Each step changes a few keys of the recipe and keeps what the steps before it changed. A quarter of the rows is
# scored at the end, an eighth decides which epoch is best, the others train.

# %%
plain = {
    "data": {
        "source": {"kind": "csv", "path": "shipped:harbour.csv"},
        "split": {"kind": "random", "test": 0.25, "validation": 0.125},
    },
    "targets": {"catch_kg": {"task": "regression", "loss": "mse"}},
    "preprocessing": {"numeric": {"missing": "median"}, "categorical": {"missing": "indicator"}},
    "model": {"kind": "sequential", "hidden_units": [64, 64]},
    "training": {
        "epochs": 40,
        "batch_size": 64,
        "optimizer": {"kind": "adam", "learning_rate": 0.004},
        "callbacks": {"early_stopping": {"patience": 40}, "checkpoint": None, "progress": False},
    },
    "evaluation": {"plots": False, "baselines": False, "bootstrap": 100},
}
body = {"kind": "tabular", "preset": "none", "hidden_units": [64, 64], "numeric_embedding": "none", "dropout": 0.0}
numeric, optimizer, callbacks = "preprocessing.numeric", "training.optimizer", "training.callbacks"
steps = {
    "a plain network": {},
    "robust scale, smooth clip": {f"{numeric}.scale": "robust_clip"},
    "scaled body, learnt activation": {"model": body, f"{optimizer}.learning_rate": 0.05},
    "coslog, Adam's β₂ .95": {f"{callbacks}.schedule": {"kind": "coslog"}, f"{optimizer}.beta_2": 0.95},
    "piecewise-linear numbers": {
        f"{numeric}.quantile_bins": 24,
        f"{numeric}.distinct_bins": 24,
        f"{numeric}.target_bins": 16,
        "model.numeric_embedding": "piecewise_linear",
    },
    "fading dropout, weight decay": {
        "model.dropout": 0.1,
        f"{optimizer}.kind": "adamw",
        f"{optimizer}.weight_decay": 0.02,
        f"{callbacks}.fade": {},
    },
    "mean of three networks": {"training.ensemble": 3},
}


def rmse(changes):
    with tempfile.TemporaryDirectory() as folder:
        run = nn.train(copy.deepcopy(plain), changes, runs_dir=folder)
        return run.metrics["catch_kg"]["metrics"]["rmse"]["value"]


changes, found = {}, {}
for name, change in steps.items():
    changes |= change
    found[name] = rmse(changes)
scored = pd.Series(found, name="RMSE, kg")
scored.to_frame().assign(gain=-scored.diff()).round(2)

# %%
figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
values = np.array(list(found.values()))
axis.barh(range(len(values)), values - 18, left=18, color=[GREY, *[BLUE] * (len(values) - 1)])
axis.axvline(18, color=ORANGE, lw=1)
axis.text(17.95, 6.4, "noise", color=ORANGE, fontsize=8, ha="right")
axis.set_yticks(range(len(values)), found)
axis.invert_yaxis()
axis.set(xlabel="RMSE of 300 trips that no training saw, kg", xlim=(17.5, values.max() + 0.5))
plt.show()

# %% [markdown]
# One step on one table may be worth nothing or even cost something, here and there more than it would with another
# split, and the order in which they come changes their shares; the mean of several networks always helps. Together they
# take away a good part of what is not noise. None of these numbers was tuned on this table: they are those of the
# presets, but for smaller layers and other epochs. So the whole of it is three lines of a recipe:
#
# ```yaml
# model:
#   kind: tabular
#   preset: good       # fast, good, best
# ```
#
# and `nnrecipes new trips.csv --target catch_kg --preset good` writes it. `docs/tabular.md` has what each key does and
# what the presets reach on public tables.
