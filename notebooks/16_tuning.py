# %% [markdown]
# # Tuning: what a search gains, and what it costs
#
# A recipe has settings that no formula gives: the learning rate, how many units, how much dropout. A *search* tries
# some of them, scores each try on the validation rows and keeps the best. That costs many trainings, and it has a
# catch: the best of thirty scores is partly luck. This notebook runs a search on a small table, then asks three
# questions. How much better is the winner on rows that the search has never seen? How much of its score was luck? And
# what did it cost?

# %%
# %matplotlib inline
import tempfile
import time

import matplotlib.pyplot as plt
import pandas as pd

import nnrecipes as nn
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import tensorflow as tf

from nnrecipes.data.synthetic import harbour_trips

tf.config.threading.set_intra_op_parallelism_threads(1)  # networks this small are not worth a second core
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"
runs = tempfile.TemporaryDirectory()

# %% [markdown]
# ## A recipe as one writes it at first
#
# 1,200 fishing trips; the catch in kilograms is to be told from harbour, gear, day, hours, wind and temperature. 18 kg
# of it are noise that no model can know. The values are those of any tutorial: one layer of 32 units, 15 epochs, Adam's
# usual rate of 0.001.

# %%
trips = harbour_trips()
recipe = {
    "name": "trips",
    "data": {"source": {"kind": "arrays"}, "split": {"kind": "random", "test": 0.2, "validation": 0.2}},
    "targets": {"catch_kg": {"task": "regression", "loss": "mse"}},
    "preprocessing": {"numeric": {"missing": "median"}, "categorical": {"missing": "indicator"}},
    "model": {"kind": "sequential", "hidden_units": [32]},
    "training": {
        "epochs": 15,
        "batch_size": 32,
        "optimizer": {"kind": "adamw", "learning_rate": 0.001, "weight_decay": 0.004},
        "callbacks": {"early_stopping": {"patience": 15}, "progress": False},
    },
    "evaluation": {"plots": False},
}

# %% [markdown]
# ## The space
#
# Each entry names a key of the recipe and the values that it may take. Numbers of which the *size* is unknown, as a
# learning rate, are drawn on a logarithmic scale: 0.001 to 0.01 is as far as 0.01 to 0.1. The space is checked against
# the recipe before anything runs; a misspelt key or a value that the key does not take is one error with its place.

# %%
space = {
    "training.optimizer.learning_rate": {"loguniform": [3e-4, 1e-1]},
    "training.optimizer.weight_decay": {"loguniform": [1e-3, 1.0]},
    "model.hidden_units": {"choice": [[32], [64, 64]]},
    "model.dropout": {"choice": [0.0, 0.1, 0.3]},
}
try:
    nn.check({**recipe, "tuning": {"space": {"model.droput": {"choice": [0.1]}}}})
except nn.ConfigError as error:
    print(error)

# %% [markdown]
# ## The search
#
# Thirty trials. The first one is the recipe as it is. The next ones are drawn at random, and then a model of which
# values went with good scores proposes the rest (TPE, Bergstra et al. 2011). A trial that is worse than the median of
# the others at the same epoch is given up. In the end the five best and the recipe itself are trained three times more,
# which the last but one section explains. The test rows are not even in memory.

# %%
tuning = {"space": space, "trials": 30}
begun = time.perf_counter()
found = nn.tune({**recipe, "tuning": tuning}, data=trips, runs_dir=runs.name, retrain=False)
seconds = time.perf_counter() - begun
table = pd.DataFrame(found.trials).rename(columns=lambda name: name.rpartition(".")[2])
print(f"{len(table)} trials, {(table.state == 'pruned').sum()} of them given up early")
table.sort_values("val_loss").head(5).drop(columns=["state"])

# %%
assert len(table) == 30
assert table.learning_rate[0] == 0.001  # the recipe's own values
complete = table[table.state == "complete"]
figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
axes[0].plot(complete.trial, complete.val_loss, "o", color=GREY, ms=4, label="trial")
axes[0].step(complete.trial, complete.val_loss.cummin(), color=ORANGE, where="post", label="best until then")
axes[0].set(xlabel="trial", ylabel="validation loss", yscale="log", title="the search")
axes[0].legend(frameon=False, fontsize=8)
for units, color in zip(sorted(complete.hidden_units.unique()), (BLUE, GREEN), strict=True):
    chosen = complete[complete.hidden_units == units]
    axes[1].plot(chosen.learning_rate, chosen.val_loss, "o", color=color, ms=4, label=str(units))
    axes[2].plot(chosen.weight_decay, chosen.val_loss, "o", color=color, ms=4, label=str(units))
axes[1].set(xlabel="learning rate", xscale="log", yscale="log", title="what matters most")
axes[2].set(xlabel="weight decay", xscale="log", yscale="log", title="what matters less")
axes[1].legend(frameon=False, fontsize=8, title="hidden units", title_fontsize=8)
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# The folder of the study has the same as `study.html`, with the importance of each key, and `best.yaml`, a recipe that
# `nnrecipes train` takes as it is.

# %%
print(sorted(path.name for path in found.folder.iterdir() if not path.name.endswith(".lock")))
found.best

# %% [markdown]
# ## What it gains
#
# One division of the rows proves little, so the recipe and the winner are trained on six divisions, each with its own
# test rows, and scored on them. The search had used validation rows of one division only. A third contender has cost
# seconds: the recipe with the learning rate that a range test suggests (`nnrecipes lr-find`), and nothing else changed.

# %%
plain = {key: value for key, value in recipe.items() if key != "tuning"}


def rmse(values, seed):
    run = nn.train(plain, {**values, "seed": seed}, data=trips, runs_dir=runs.name)
    return run.metrics["catch_kg"]["metrics"]["rmse"]["value"]


rate = nn.find_learning_rate(plain, data=trips).suggested
contenders = {"as written": {}, "lr-find": {"training.optimizer.learning_rate": rate}, "tuned": found.best}
scores = pd.DataFrame([{name: rmse(values, seed) for name, values in contenders.items()} for seed in range(6)])
gain = 1 - scores.div(scores["as written"], axis=0)
print(f"lr-find suggests {rate:.2g}, the search {found.best['training.optimizer.learning_rate']:.2g}")
figure, ax = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
for _, row in scores.iterrows():
    ax.plot(range(3), row, "o-", color=GREY, lw=1, ms=4)
ax.axhline(18, color="black", ls=":", lw=1)
ax.annotate("noise of the catch", (1.5, 18), xytext=(0, 4), textcoords="offset points", fontsize=8)
ax.set(xticks=range(3), xticklabels=list(scores), ylabel="test RMSE, kg", title="six divisions", xlim=(-0.3, 2.3))
ax.spines[["top", "right"]].set_visible(False)
plt.show()
better = (gain > 0).sum().astype(str) + " of 6"
pd.DataFrame({"test RMSE, kg": scores.mean().round(1), "gain": gain.mean().map("{:.0%}".format), "better in": better})

# %%
assert (gain["tuned"] > 0).sum() >= 5

# %% [markdown]
# ## How much of the score was luck
#
# A trial's validation loss is the least of thirty numbers when it comes first, and each of them has luck in it; so it
# flatters, and whoever takes the first has taken the luckiest. `tune` therefore trains the five best trials and the
# recipe once more on each of three divisions of training and validation rows, and the mean of these decides. The
# recipe's own values win unless others are better by more than the standard error of the differences.

# %%
judged = pd.DataFrame(found.finalists).rename(columns=lambda name: name.rpartition(".")[2])
own = judged[judged.finalist == "the recipe's own values"].iloc[0]
judged["gain, chosen by it"] = 1 - judged.val_loss_of_trial / own.val_loss_of_trial
judged["gain, drawn anew"] = 1 - judged.val_loss / own.val_loss
judged.drop(columns=["learning_rate", "weight_decay", "hidden_units", "dropout"]).round(3)

# %%
assert judged.won.sum() == 1
others = judged[judged.finalist != own.finalist]
assert others["gain, drawn anew"].mean() < others["gain, chosen by it"].mean()

# %% [markdown]
# On the rows that chose them the finalists gain more than on rows that did not. The more trials and the fewer
# validation rows, the more so. That is why the test rows are scored once, at the very end, by the one winner: rows that
# choose among many are no test any more. With few rows, `tuning: {folds: 5}` scores each trial by cross-validation, at
# five times the cost.

# %% [markdown]
# ## What it costs
#
# Thirty trainings and eighteen of the finalists, one would think. It is less: a trial that is worse than others is
# given up; trials whose networks differ in the learning rate, the weight decay or the rate of dropout share one
# compiled program; and nothing is written for a trial but a line of the journal.

# %%
begun = time.perf_counter()
nn.train(plain, data=trips, runs_dir=runs.name)
one = time.perf_counter() - begun
print(f"the search took as long as {seconds / one:.0f} trainings of the recipe")
half = complete.val_loss[complete.trial < 15].min()
print(f"least validation loss after 15 trials {half:.3f}, after 30 {complete.val_loss.min():.3f}")

# %%
assert seconds / one < 48

# %% [markdown]
# ## Going on
#
# A study can be stopped at any moment, killed even. The same command goes on where it was; a trial that was running
# is tried again and counts once. Asked for no more trials than there are, it only reads them, as well as the scores of
# the finalists.

# %%
again = nn.tune({**recipe, "tuning": tuning}, data=trips, runs_dir=runs.name, retrain=False)
assert again.trials == found.trials
assert again.finalists == found.finalists
runs.cleanup()

# %% [markdown]
# From a terminal, `nnrecipes tune CONFIG --workers 2` does the same with a live table and two processes, and then
# trains the winner as an ordinary run. Before you search, `nnrecipes lr-find CONFIG` gives in seconds a learning rate
# to begin with, which is often most of the gain.
