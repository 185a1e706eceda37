# %% [markdown]
# # Split, scale, encode
#
# Between a table and a network lie three steps: rows are *split* into training, validation and test; numbers are
# *scaled*; categories are *encoded* as numbers. Each of them can leak: tell the network in training something that
# it will not know about new rows. This notebook shows what a leak looks like, and what keeps it out.

# %%
# %matplotlib inline
import tempfile
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import nnrecipes as nn
from nnrecipes.data.build import load_data
from nnrecipes.preprocessing.build import fit_preprocessor

runs = tempfile.mkdtemp()
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"


def prepare(recipe, overrides=None, data=None):
    """A recipe -> its split rows, and the arrays that the network will see. No network is trained."""
    config = nn.load_config(recipe, overrides).config
    dataset = load_data(config, data)
    return dataset, fit_preprocessor(config, dataset)


# %% [markdown]
# ## Split
#
# The network learns from the training rows. The validation rows choose: when to stop, which recipe is better. The
# test rows are looked at once, at the end. The default keeps 10 % for the test, and 10 % of the rest for
# validation.
#
# 150 flowers leave 15 for the test. Drawn blindly, the three species come in uneven numbers; a stratified split
# keeps each one's share.

# %%
counts = {}
for kind in ("random", "stratified"):
    dataset, _ = prepare("iris_multi_output", {"data.split": {"kind": kind}})
    for rows in ("train", "validation", "test"):
        counts[kind, rows] = dataset.frame.loc[getattr(dataset.split, rows), "species"].value_counts()
pd.DataFrame(counts).sort_index().astype(int)

# %% [markdown]
# A recipe may also split by time (the newest rows are the test), by group (all rows of a patient on one side), by
# a column, from a file, or in k folds. The rows of each set are kept with the run.

# %% [markdown]
# ## Scale
#
# `diabetes` has ten measurements of 442 patients in their own units: age in years, blood pressure in mm Hg,
# cholesterol in mg/dl. A linear model of the disease's progression has a coefficient for each. Which measurement
# matters most?

# %%
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

diabetes = load_diabetes(as_frame=True, scaled=False)
measured = diabetes.data
scaled = StandardScaler().fit_transform(measured)
raw_fit = LinearRegression().fit(measured, diabetes.target)
scaled_fit = LinearRegression().fit(scaled, diabetes.target)
assert np.allclose(raw_fit.predict(measured), scaled_fit.predict(scaled))

coefficients = pd.DataFrame(
    {
        "spread (sd)": measured.std(ddof=0),
        "a unit more": raw_fit.coef_,
        "a standard deviation more": scaled_fit.coef_,
    }
)
coefficients.round(2)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True, layout="constrained")
for ax, column, colour in zip(axes, coefficients.columns[1:], (GREY, BLUE), strict=True):
    ax.barh(coefficients.index, coefficients[column], color=colour)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_title(f"progression, for {column}")
axes[0].invert_yaxis()
plt.show()

# %% [markdown]
# Both models predict exactly the same. But in raw units `sex` and `s5` look like all there is, only because their
# numbers are small: a unit of `s5` is two standard deviations, a unit of `s1` a thirtieth of one. Scaled, the
# coefficients can be compared, and `s1`, which looked like nothing, is the largest.
#
# A linear model is *solved*, so the scale does not matter to its predictions. A network takes small steps, and one
# length of step cannot suit columns that differ a hundredfold.

# %%
errors = {}
for scale in ("none", "standard"):
    run = nn.train(
        "sequential_diabetes",
        overrides={
            "preprocessing.numeric.scale": scale,
            "training.epochs": 30,
            "training.callbacks.progress": False,
            "evaluation.plots": False,
        },
        runs_dir=runs,
    )
    errors[scale] = run.history["val_loss"]
    mae = run.metrics["progression"]["metrics"]["mae"]
    print(f"scale: {scale:9} test MAE {mae['value']:.1f}, 95 % interval {mae['low']:.1f} to {mae['high']:.1f}")

# %%
fig, ax = plt.subplots(figsize=(5.5, 3.4))
for (scale, values), colour in zip(errors.items(), (GREY, BLUE), strict=True):
    ax.plot(range(1, len(values) + 1), values, color=colour, label=f"scale: {scale}")
ax.set(xlabel="epoch", ylabel="validation loss (log scale)", yscale="log", title="the same network, the same rows")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## A scaler that saw too much
#
# A scaler learns a mean and a standard deviation, so it can leak too. Take a sensor that was replaced: its
# training rows lie around 0, the newer test rows around 1,000, and they come from a town that no training row has.

# %%
rng = np.random.default_rng(0)
sensor = pd.DataFrame(
    {
        "set": ["train"] * 800 + ["val"] * 100 + ["test"] * 100,
        "level": np.concatenate([rng.normal(0, 1, 900), rng.normal(1000, 1, 100)]),
        "town": [*rng.choice(["Aldern", "Brevik"], 900), *["Corran"] * 100],
    }
)
sensor["answer"] = rng.normal(size=1000)
recipe = {
    "name": "sensor",
    "data": {"source": {"kind": "arrays"}, "split": {"kind": "column", "column": "set"}},
    "targets": {"answer": {"task": "regression"}},
    "model": {"kind": "sequential"},
}
dataset, prepared = prepare(recipe, data=sensor)
learnt = prepared.preprocessor.features_["features"]
on_all = StandardScaler().fit(sensor[["level"]])

train_rows = sensor.loc[sensor["set"] == "train", ["level"]]
pd.DataFrame(
    {
        "fitted on all rows": [on_all.mean_[0], on_all.scale_[0], on_all.transform(train_rows).std()],
        "fitted on training rows": [
            learnt["level"].scaler.offset,
            learnt["level"].scaler.factor,
            prepared.train.x["features"][:, 0].std(),
        ],
    },
    index=["mean that is kept", "standard deviation that is kept", "spread of the training rows after scaling"],
).round(3)

# %% [markdown]
# Fitted on all rows, the scaler carries the test rows' mean into the training, and squeezes the training rows into
# a spread of 0.003: the network sees a constant. Fitted on the training rows, the numbers are theirs. The same
# holds for categories: the town of the test rows is not among those that were learnt. Its rows get zeros, and are
# counted.

# %%
print("towns that were learnt:", learnt["town"].levels.names)
print("rows of the test with another one:", prepared.preprocessor.unseen(dataset.frame.loc[dataset.split.test]))
assert np.isclose(learnt["level"].scaler.offset, train_rows["level"].mean())

# %% [markdown]
# ## Encode
#
# A category with few levels becomes one column a level (one-hot). With a thousand levels, *target encoding* is
# tempting: put the level's mean target in its place. It uses the answer as an input, so it is where leaks are
# worst.
#
# Here are parcels that are late or not. `honest` says something about it. `noise` has 1,200 levels drawn at
# random, and says nothing at all. Whatever a model finds there is a leak.

# %%
rng = np.random.default_rng(0)
ROWS = 9000
honest = rng.normal(size=ROWS)
late = rng.random(ROWS) < 1 / (1 + np.exp(-0.7 * honest))
noise = np.array([f"id {i}" for i in rng.integers(0, 1200, ROWS)], dtype=object)
parcels = pd.DataFrame({"honest": honest, "noise": noise, "late": np.where(late, "yes", "no").astype(object)})
parcels["set"] = np.repeat(["train", "val", "test", "new"], [3000, 2000, 1000, 3000])

known = parcels[parcels["set"] != "new"].reset_index(drop=True)  # the table we are given
train, test, new = (parcels[parcels["set"] == name] for name in ("train", "test", "new"))
parcels.groupby("set", sort=False).agg(rows=("late", "size"), late=("late", lambda v: (v == "yes").mean())).round(3)

# %% [markdown]
# Four ways to prepare the two columns, and a logistic regression on each. Beside training and test rows we keep
# `new` rows: those that come after everything is built, which nobody can leak from.

# %%
from category_encoders import TargetEncoder
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

# category_encoders sets an option that pandas no longer wants, and pandas says so at every fit
warnings.filterwarnings("ignore", message=".*no_silent_downcasting.*")


def answer(rows):
    return (rows["late"] == "yes").to_numpy(dtype=float)


def aucs(x_train, x_test, x_new):
    model = LogisticRegression(C=100.0).fit(x_train, answer(train))
    pairs = ((x_train, train), (x_test, test), (x_new, new))
    return [roc_auc_score(answer(rows), model.decision_function(np.asarray(x))) for x, rows in pairs]


def plain(fitted_on):
    """Each level's mean target over the given rows, put in place of the level in all rows."""
    encoder = TargetEncoder(cols=["noise"], smoothing=1.0, min_samples_leaf=1)
    encoder.fit(fitted_on[["honest", "noise"]], answer(fitted_on))
    return [encoder.transform(rows[["honest", "noise"]]).to_numpy() for rows in (train, test, new)]


recipe = {
    "name": "parcels",
    "data": {"source": {"kind": "arrays"}, "split": {"kind": "column", "column": "set"}},
    "targets": {"late": {"task": "binary", "positive": "yes", "metrics": ["auc"]}},
    "preprocessing": {"categorical": {"encode": "target", "smoothing": 1.0, "min_samples_leaf": 1}},
    "model": {"kind": "sequential", "hidden_units": [16]},
}
dataset, prepared = prepare(recipe, data=known)
ours = [
    prepared.train.x["features"],
    prepared.test.x["features"],
    prepared.preprocessor.transform(new)["features"],
]

results = {
    "without the noise": aucs(*(rows[["honest"]].to_numpy() for rows in (train, test, new))),
    "target encoding,\nbefore the split": aucs(*plain(known)),
    "target encoding,\non training rows": aucs(*plain(train)),
    "the recipe's\n`encode: target`": aucs(*ours),
}
table = pd.DataFrame(results, index=["train", "test", "new"]).T
table.rename(index=lambda name: name.replace("\n", " ")).round(3)

# %%
fig, ax = plt.subplots(figsize=(8.5, 3.8), layout="constrained")
for k, (rows, colour) in enumerate(zip(table.columns, (BLUE, ORANGE, GREEN), strict=True)):
    bars = ax.bar(np.arange(len(table)) + 0.27 * (k - 1), table[rows], width=0.25, color=colour, label=f"{rows} rows")
    ax.bar_label(bars, fmt="%.2f", fontsize=8)
ax.axhline(table.loc["without the noise", "new"], color=GREY, linestyle=":", linewidth=1.2, zorder=0)
ax.set_xticks(range(len(table)), table.index)
ax.set(ylim=(0.5, 1), ylabel="AUC", title="what a column of pure noise does to a model")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, ncols=3, loc="upper right")
plt.show()

# %%
leaked_split, leaked_train, clean = (table.iloc[k] for k in (1, 2, 3))
assert leaked_split["test"] > leaked_split["new"] + 0.1
assert leaked_train["train"] > leaked_train["test"] + 0.15
assert abs(clean["train"] - clean["test"]) < 0.04
assert clean["new"] > table.loc["without the noise", "new"] - 0.01

# %% [markdown]
# * **Encoded before the split**, every test row's own answer is part of its level's mean. The test score is
#   splendid, and false: the new rows show what the model is worth. No look at the test score can tell.
# * **Encoded on training rows**, the test score is true, and bad. Each training row still sees its own answer, so
#   the model trusts the noise and forgets the honest column. The sign is a training score far above the test's.
# * **The recipe** encodes each training row by the *other* folds of the training rows, and all other rows by all
#   training rows. The noise says nothing in training either, so nothing is lost.
#
# ## The leak in a training history
#
# A network shows the same. Left: the leaking column, encoded beforehand on the training rows and handed over as a
# number. Right: the same rows, and the recipe does the encoding. From the first epoch on, the left one's training
# AUC is far above its validation AUC, and no further epoch closes the gap.

# %%
quick = {
    "training": {"epochs": 10, "batch_size": 64, "callbacks": {"progress": False}},
    "evaluation": {"plots": False, "baselines": False},
}
leaking = known.copy()
encoder = TargetEncoder(cols=["noise"], smoothing=1.0, min_samples_leaf=1)
encoder.fit(train[["noise"]], answer(train))
leaking["noise"] = encoder.transform(known[["noise"]])["noise"]

leak_run = nn.train({**recipe, **quick}, data=leaking, runs_dir=runs)
our_run = nn.train({**recipe, **quick}, data=known, runs_dir=runs)

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for ax, (name, run) in zip(
    axes, {"encoded beforehand": leak_run, "encoded by the recipe": our_run}.items(), strict=True
):
    epochs = range(1, len(run.history["auc"]) + 1)
    ax.plot(epochs, run.history["auc"], color=BLUE, label="training")
    ax.plot(epochs, run.history["val_auc"], color=ORANGE, linestyle="--", label="validation")
    score = run.metrics["late"]["metrics"]["roc_auc"]["value"]
    ax.set(title=f"{name}: test AUC {score:.2f}", xlabel="epoch", ylabel="AUC")
    ax.label_outer()
axes[1].legend(frameon=False)
plt.show()

# %% [markdown]
# The rule behind all of it: *everything that is learnt from rows is learnt from training rows only*, and a row's
# own answer never becomes its input. In a recipe there is no switch for it, because there is no other way.
