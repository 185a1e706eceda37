# %% [markdown]
# # Regularisation
#
# A network that is large enough can learn every training row by heart, its mistakes included. That is called
# *overfitting*, and the cures for it *regularisation*. This notebook makes it happen on a noisy table, applies one
# cure at a time, and measures each on rows that no training has seen:
# the strength of a cure is chosen on validation rows, its worth is measured on test rows.

# %%
# %matplotlib inline
import tempfile
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_moons

import nnrecipes as nn
from nnrecipes.evaluation.plots.history import plot_history
from nnrecipes.evaluation.plots.regions import plot_regions
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import keras
import tensorflow as tf

from nnrecipes.training.randomness import reset_generators

BLUE, ORANGE, GOLD, GREEN, GREY = "#0072B2", "#D55E00", "#E69F00", "#009E73", "#767676"
BLUE_TO_GOLD = LinearSegmentedColormap.from_list("label 0 to label 1", ["#56B4E9", "white", GOLD])

# %% [markdown]
# ## A noisy table
#
# Two crescents that overlap a little, and about 15 % of the labels are wrong: someone ticked the other box. Nothing
# in `x` says which ones, in training rows or in any others, so nobody can be right about all of them.

# %%
TRAIN, VALIDATION, TEST = 150, 150, 2000
WRONG = 0.15


def crescents(rows, seed):
    """Coordinates (rows, 2), labels 0 or 1 (rows,), and which of the labels are wrong (rows,)."""
    x, crescent = make_moons(rows, noise=0.25, random_state=seed)
    wrong = np.random.default_rng(seed).random(rows) < WRONG
    return x.astype("float32"), np.where(wrong, 1 - crescent, crescent).astype("float32"), wrong


def world(seed, rows=TRAIN):
    """Training, validation and test rows of one seed; no two seeds share a row."""
    return crescents(rows, seed), crescents(VALIDATION, 100 + seed), crescents(TEST, 200 + seed)


(x, y, wrong), validation, test = world(0)

fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for label, colour in ((0, BLUE), (1, GOLD)):
    ax.scatter(*x[y == label].T, s=20, color=colour, label=f"label {label}")
ax.scatter(*x[wrong].T, s=90, facecolors="none", edgecolors="black", linewidths=0.9, label="wrong label")
ax.set(xlabel="x0", ylabel="x1", title=f"{TRAIN} training rows, {wrong.sum()} of them with the wrong label")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="upper right", fontsize=8)
plt.show()

oracle = -(WRONG * np.log(WRONG) + (1 - WRONG) * np.log(1 - WRONG))
print(f"who knows each row's crescent and that {WRONG:.0%} are wrong expects a log loss of {oracle:.3f}")
print(f"who always says 0.5 has {np.log(2):.3f}")

# %% [markdown]
# ## Train many times, fast
#
# This notebook trains some seventy small networks. `fit` would spend most of the time *between* their small updates,
# so here a whole training is one TensorFlow graph. It answers with the probabilities of all rows after every few
# updates (a *look*), and everything else is counted from them. The networks come from `nn.build_sequential`.

# %%
BATCH = 75


def network(**options):
    """64 + 64 units, unless the options say otherwise."""
    defaults = {"input_shape": (2,), "output_activation": "sigmoid", "hidden_units": (64, 64)}
    return nn.build_sequential(**{**defaults, **options})


@cache
def compiled(**options):
    """Options of `nn.build_sequential` -> the model, and a function that trains it from given weights.

    The function returns the probabilities of all rows of `everything` at each look: (looks, rows).
    """
    model = network(**options)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(model.trainable_variables)
    fresh = [variable.numpy() for variable in optimizer.variables]
    points, labels, numbers = (
        tf.TensorSpec((None, 2)),
        tf.TensorSpec((None,)),
        tf.TensorSpec((None, None, BATCH), tf.int64),
    )

    @tf.function(input_signature=(points, labels, points, numbers))
    def updates(x, y, everything, batches):
        looks, between = tf.shape(batches)[0], tf.shape(batches)[1]
        answers = tf.TensorArray(tf.float32, looks)
        for look in tf.range(looks):
            for update in tf.range(between):
                rows = batches[look, update]
                with tf.GradientTape() as tape:
                    p = model(tf.gather(x, rows), training=True)
                    loss = tf.reduce_mean(keras.losses.binary_crossentropy(tf.gather(y, rows)[:, None], p))
                    loss += sum(model.losses)  # the penalties of L1 and L2
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply(gradients, model.trainable_variables)
            answers = answers.write(look, model(everything, training=False)[:, 0])
        return answers.stack()

    def train(weights, x, y, everything, batches):
        model.set_weights(weights)
        for variable, value in zip(optimizer.variables, fresh, strict=True):
            variable.assign(value)
        return updates(x, y, everything, batches).numpy()

    return model, train


def batches(rows, seed, looks, between):
    """Row numbers, in a new order each epoch, cut into batches: (looks, updates between two looks, BATCH)."""
    rng = np.random.default_rng(seed)
    wanted = looks * between * BATCH
    epochs = -(-wanted // rows)
    return np.concatenate([rng.permutation(rows) for _ in range(epochs)])[:wanted].reshape(looks, between, BATCH)


def log_loss(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(np.where(y == 1, np.log(p), np.log(1 - p)), axis=-1)


# %% [markdown]
# ## Too large, too long
#
# Two hidden layers of 64 units are 4,417 parameters, for 150 rows. After a few epochs the curves part: the training
# loss falls on and on, and the validation loss turns round and climbs.

# %%
keras.utils.set_random_seed(0)
large, train = compiled()
assert large.count_params() == 4417
p = train(large.get_weights(), x, y, np.concatenate([x, validation[0]]), batches(TRAIN, 0, 300, 2))
history = {"loss": log_loss(y, p[:, :TRAIN]), "val_loss": log_loss(validation[1], p[:, TRAIN:])}
turn = int(np.argmin(history["val_loss"]))
for name, values in history.items():
    print(f"{name:8} epoch {turn + 1}: {values[turn]:.2f}, epoch 300: {values[-1]:.2f}")
assert history["loss"][-1] < 0.6 * history["loss"][turn]
assert history["val_loss"][-1] > 2 * history["val_loss"][turn]
plot_history(history, title="300 epochs of 64 + 64 units")

# %% [markdown]
# What it has learnt can be seen: bays and islands around single rows.


# %%
def two_classes(model):
    """A model -> what `plot_regions` asks: points (rows, 2) -> probabilities of both classes (rows, 2)."""

    def predict(points):
        p = model(points.astype("float32"), training=False).numpy()
        return np.concatenate([1 - p, p], axis=1)

    return predict


names = {"features": ["x0", "x1"], "classes": ["label 0", "label 1"]}
plot_regions(two_classes(large), x, y.astype(int), title="300 epochs of 64 + 64 units", **names)

# %% [markdown]
# ## One cure at a time
#
# * **Fewer units**: one small layer.
# * **L2**: the squares of all hidden weights, times a factor, are added to the loss.
# * **L1**: the same with their absolute values.
# * **Dropout**: at each update a share of a layer's units is left out, other ones each time.
# * **BatchNorm**: each unit's sum is scaled by mean and spread of its batch, so a row's answer depends on which other
#   rows are in the batch: noise, as in Dropout.
# * **Early stopping** needs no training of its own: it is the network at its least validation loss.
# * **More rows**, which is not a trick at all. The updates stay the same.
#
# One training proves little: other rows and other first weights give other numbers. So everything is trained with
# four seeds, each with rows and first weights of its own, and always for 240 updates.

# %%
SEEDS, LOOKS, BETWEEN = 4, 24, 10
SIDE = 60
across, up = np.linspace(-1.9, 2.9, SIDE), np.linspace(-1.5, 2.0, SIDE)
plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2).astype("float32")  # the points of a map


@cache
def first_weights(seed, hidden_units=(64, 64), batch_norm=False):
    """What a training of this seed begins with: the same for all cures that do not change the layers."""
    keras.utils.set_random_seed(seed)
    return network(hidden_units=hidden_units, batch_norm=batch_norm).get_weights()


@cache
def measure(rows=TRAIN, **options):
    """Train every seed -> losses and shares (seeds, looks), and of seed 0 the map at each look and the last weights."""
    model, train = compiled(**options)
    layers = {name: value for name, value in options.items() if name in ("hidden_units", "batch_norm")}
    seeds = []
    for seed in range(SEEDS):
        reset_generators(model, seed, epoch=0)  # what Dropout leaves out
        (x, y, wrong), validation, test = world(seed, rows)
        everything = np.concatenate([x, validation[0], test[0], *([plane] if seed == 0 else [])])
        p = train(first_weights(seed, **layers), x, y, everything, batches(rows, seed, LOOKS, BETWEEN))
        p_train, p_validation, p_test, p_plane = np.split(p, np.cumsum([rows, VALIDATION, TEST]), axis=1)
        if seed == 0:
            maps, weights = p_plane.reshape(-1, SIDE, SIDE), model.get_weights()
        seeds.append(
            {
                "training loss": log_loss(y, p_train),
                "validation loss": log_loss(validation[1], p_validation),
                "test loss": log_loss(test[1], p_test),
                "test accuracy": np.mean((p_test > 0.5) == test[1], axis=1),
                "by heart": np.mean((p_train > 0.5)[:, wrong] == y[wrong], axis=1),
            }
        )
    return {name: np.array([seed[name] for seed in seeds]) for name in seeds[0]} | {"maps": maps, "weights": weights}


# %% [markdown]
# A cure that can be stronger or weaker comes in three strengths. The validation loss chooses; nobody looks at the
# test rows yet.

# %%
strengths = {
    "fewer units": {f"{units} units": {"hidden_units": (units,)} for units in (4, 8, 16)},
    "L2": {f"{factor:g}": {"l2": factor} for factor in (0.001, 0.003, 0.01)},
    "L1": {f"{factor:g}": {"l1": factor} for factor in (0.0003, 0.001, 0.003)},
    "Dropout": {f"{rate:g}": {"dropout": rate} for rate in (0.25, 0.5, 0.75)},
    "BatchNorm": {"on": {"batch_norm": True}},
}
results, chosen, tried = {"nothing": measure()}, {}, []
for cure, options in strengths.items():
    found = {strength: measure(**settings) for strength, settings in options.items()}
    loss = {strength: result["validation loss"][:, -1].mean() for strength, result in found.items()}
    best = min(loss, key=loss.get)
    results[cure], chosen[cure] = found[best], options[best]
    tried += [{"cure": cure, "strength": k, "validation loss": v, "chosen": "*" * (k == best)} for k, v in loss.items()]
results["ten times the rows"] = measure(rows=10 * TRAIN)
pd.DataFrame(tried).set_index(["cure", "strength"]).round(3)

# %%
fig, axes = plt.subplots(1, len(results), figsize=(13, 2.7), sharey=True, layout="constrained")
updates = BETWEEN * np.arange(1, LOOKS + 1)
for ax, (name, result) in zip(axes, results.items(), strict=True):
    for rows, colour, style in (("training", BLUE, "-"), ("validation", ORANGE, "--")):
        values = result[f"{rows} loss"]
        ax.fill_between(updates, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        ax.plot(updates, values.mean(axis=0), color=colour, linestyle=style, label=rows)
    ax.axhline(oracle, color=GREY, linestyle=":", linewidth=1, label="oracle")
    ax.set_title(name, fontsize=10)
    ax.set(xlabel="updates", ylim=(0.2, 1.1), xticks=[0, 120, 240])
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("log loss")
axes[0].legend(frameon=False, fontsize=8, loc="upper left")
plt.show()

# %% [markdown]
# The line is the mean of the four seeds, the band reaches from the best to the worst of them. The dotted line is the
# oracle's expected loss, and a training loss below it is a sign: something has been learnt that is not there.
#
# ## What each is worth: the test rows
#
# Now all choices are made, and the test rows are looked at, once. The *gain* is paired: the same seed's test loss
# without a cure minus that with it. *By heart* is the share of the training rows' wrong labels that the network
# repeats.


# %%
def numbers(result, stop_early=False):
    """What was measured after the last update, or at each seed's least validation loss: name -> (seeds,)."""
    looks = np.argmin(result["validation loss"], axis=1) if stop_early else np.full(SEEDS, LOOKS - 1)
    return {name: values[np.arange(SEEDS), looks] for name, values in result.items() if name not in ("maps", "weights")}


def plus_minus(values):
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def summary(final):
    """A row a cure: mean ± standard deviation of the seeds, the greatest test loss first."""
    rows = {}
    for name, found in sorted(final.items(), key=lambda item: -item[1]["test loss"].mean()):
        rows[name] = {column: plus_minus(found[column]) for column in found if column != "by heart"}
        rows[name]["gain"] = plus_minus(plain - found["test loss"]) if found["test loss"] is not plain else ""
        rows[name]["by heart"] = f"{found['by heart'].mean():.0%}"
    return pd.DataFrame(rows).T


final = {name: numbers(result) for name, result in results.items()}
final["early stopping"] = numbers(results["nothing"], stop_early=True)
final["L2 and early stopping"] = numbers(results["L2"], stop_early=True)
plain = final["nothing"]["test loss"]
summary(final)

# %%
fig, axes = plt.subplots(2, 4, figsize=(12, 5.2), sharex=True, sharey=True, layout="constrained")
stop = int(np.argmin(results["nothing"]["validation loss"][0]))
maps = {name: (result["maps"][-1], final[name]["test loss"][0]) for name, result in results.items()}
maps["early stopping"] = (results["nothing"]["maps"][stop], final["early stopping"]["test loss"][0])
order = ["nothing", *sorted(set(maps) - {"nothing"}, key=lambda name: -final[name]["test loss"].mean())]
for ax, name in zip(axes.flat, order, strict=True):
    area, loss = maps[name]
    filled = ax.contourf(across, up, area, levels=np.linspace(0, 1, 11), cmap=BLUE_TO_GOLD)
    ax.contour(across, up, area, levels=[0.5], colors="black", linewidths=1.2)
    for label, colour in ((0, BLUE), (1, GOLD)):
        ax.scatter(*x[y == label].T, s=9, color=colour, edgecolors="white", linewidths=0.3)
    ax.set_title(f"{name}: test loss {loss:.2f}", fontsize=10)
    ax.set(xticks=[-1, 0, 1, 2], yticks=[-1, 0, 1])
fig.colorbar(filled, ax=axes, label="probability of label 1", ticks=[0, 0.5, 1])
fig.suptitle("seed 0 and its 150 training rows; the last network has 1,500 of its own", fontsize=11)
plt.show()

# %%
means = {name: found["test loss"].mean() for name, found in final.items()}
for name, found in final.items():
    if name != "nothing":
        assert (found["test loss"] < plain).all()
        assert found["training loss"].mean() > final["nothing"]["training loss"].mean()
        assert found["by heart"].mean() < final["nothing"]["by heart"].mean()
assert sorted(means, key=means.get)[:2] == ["ten times the rows", "L2 and early stopping"]
assert sorted(means, key=means.get)[-2:] == ["BatchNorm", "nothing"]
single = {name: means[name] for name in ("early stopping", "fewer units", "L2", "L1", "Dropout")}
print(f"test loss: five of the cures, each alone, between {min(single.values()):.3f} and {max(single.values()):.3f}")
accuracies = {name: found["test accuracy"].mean() for name, found in final.items()}
print(f"test accuracy: all of them between {min(accuracies.values()):.3f} and {max(accuracies.values()):.3f}")
assert max(single.values()) - min(single.values()) < 0.06
assert max(accuracies.values()) - min(accuracies.values()) < 0.07

# %% [markdown]
# * Without a cure the network has the *least* training loss and the *greatest* test loss. The log loss punishes false
#   certainty: of the certainty that was learnt by heart, nothing is left on new rows. The accuracy says much less.
# * Every cure helps every seed. Five of them come to nearly the same loss: they are different ways to the same simple
#   border. L2 and early stopping together gain a little more than each alone.
# * BatchNorm helps the least. Its noise is a by-product; what it was made for comes below.
# * Early stopping costs nothing, L2 and fewer units one number. Start there.
# * More rows beat everything. A table cannot always be had ten times as large; but if it can, do that first.

# %% [markdown]
# ## Where Dropout helps, and where it does not
#
# Dropout makes each unit useful without its neighbours. Does its place matter? A rate of 0.5 in other places, and in
# a small network. (These are no new candidates: nothing is chosen here, the question is what happens.)

# %%
places = {
    "no Dropout": final["nothing"],
    "after both layers": numbers(measure(dropout=0.5)),
    "after the first layer": numbers(measure(dropout=(0.5, 0.0))),
    "next to the output": numbers(measure(dropout=(0.0, 0.5))),
    "no Dropout, 8 units": numbers(measure(hidden_units=(8,))),
    "after the 8 units": numbers(measure(hidden_units=(8,), dropout=0.5)),
}
summary(places)

# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 2.9), sharey=True, layout="constrained")
for ax, column in zip(axes, ("test loss", "test accuracy"), strict=True):
    for k, (name, found) in enumerate(places.items()):
        ax.scatter(found[column], np.full(SEEDS, k), s=22, color=GREY if name.startswith("no") else GREEN)
        ax.plot([found[column].mean()] * 2, [k - 0.3, k + 0.3], color="black", linewidth=1.5)
    ax.set(xlabel=column)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_yticks(range(len(places)), places)
axes[0].invert_yaxis()
fig.suptitle("Dropout of 0.5: four seeds of each, and their mean", fontsize=11)
plt.show()

# %%
loss = {name: found["test loss"].mean() for name, found in places.items()}
first, output = (loss["no Dropout"] - loss[name] for name in ("after the first layer", "next to the output"))
print(f"gain after the first layer {first:.3f}, next to the output {output:.3f}")
assert loss["after both layers"] < loss["after the first layer"]
assert 0 < output < 0.7 * first
few, few_dropped = places["no Dropout, 8 units"], places["after the 8 units"]
assert few_dropped["training loss"].mean() > few["training loss"].mean()
assert few_dropped["test loss"].mean() > few["test loss"].mean()
assert few_dropped["test accuracy"].mean() < few["test accuracy"].mean()

# %% [markdown]
# * Next to the output Dropout gains the least: all that stands behind it is one weighted sum, and the first layer
#   learns by heart as it did.
# * The 8 units were not too many. There Dropout takes away what is needed: the training loss and the test loss rise,
#   and the accuracy falls.
#
# So: Dropout after wide layers, not only next to the output, and not in a network that is small already.

# %% [markdown]
# ## What L2 and L1 do to the weights
#
# A border that bends around a single row needs large weights. L2 makes each weight cost its square, L1 its absolute
# value: a weight that does not earn its cost shrinks towards 0. The weights of the two hidden layers of seed 0, after
# the same 240 updates:

# %%
fig, axes = plt.subplots(2, 3, figsize=(11, 4.6), sharex=True, sharey="row", layout="constrained")
spread = {}
for down, (layer, kernel) in zip(axes, (("first hidden layer", 0), ("second hidden layer", 2)), strict=True):
    for ax, (name, colour) in zip(down, (("nothing", ORANGE), ("L2", BLUE), ("L1", GREEN)), strict=True):
        weights = results[name]["weights"][kernel].ravel()
        spread[layer, name] = {
            "weights": weights.size,
            "standard deviation": weights.std(),
            "largest": np.abs(weights).max(),
            "nearer to 0 than 0.01": np.mean(np.abs(weights) < 0.01),
        }
        ax.hist(np.clip(weights, -1.5, 1.5), bins=61, range=(-1.525, 1.525), color=colour)
        ax.set_yscale("log")
        ax.set_title(f"{name}: {layer}, sd {weights.std():.2f}", fontsize=10)
        ax.spines[["top", "right"]].set_visible(False)
fig.supxlabel("weight (beyond ±1.5 in the last bar)", fontsize=10)
fig.supylabel("weights (log scale)", fontsize=10)
plt.show()
pd.DataFrame(spread).T.astype({"weights": int}).round(3)

# %%
second = {name: spread["second hidden layer", name] for name in ("nothing", "L2", "L1")}
assert second["L2"]["standard deviation"] < 0.2 * second["nothing"]["standard deviation"]
assert second["nothing"]["nearer to 0 than 0.01"] < 0.1
assert second["L2"]["nearer to 0 than 0.01"] > 0.5
assert second["L1"]["nearer to 0 than 0.01"] > 0.9

# %% [markdown]
# The network has kept its 4,417 parameters and uses few of them. L2 makes all weights small, and most of them all but
# 0; the push of L1 does not weaken on the way to 0, so it leaves only a few weights that count.
#
# ## What BatchNorm does to the activations
#
# BatchNorm was made for something else: depth. Each layer multiplies the spread of its inputs by some factor. Ten
# layers multiply by it ten times, and so does the gradient on its way back. Here are ten layers of 64 tanh units,
# before any training, from three kinds of random weights.

# %%
DEPTH = 10
starts = {
    "small (sd 0.05)": {"kind": "random_normal", "stddev": 0.05},
    "Keras' default": "glorot_uniform",
    "large (sd 0.5)": {"kind": "random_normal", "stddev": 0.5},
}


def deep(initializer, batch_norm):
    """Activations of each hidden layer, (layers, rows, 64), and the length of the gradient of the first one."""
    keras.utils.set_random_seed(0)
    model = network(hidden_units=[64] * DEPTH, activation="tanh", kernel_initializer=initializer, batch_norm=batch_norm)
    inputs = rows = keras.Input((2,))
    hidden = {}
    for layer in model.layers:
        rows = hidden[layer.name] = layer(rows)
    kind = "_activation" if batch_norm else ""
    both = keras.Model(inputs, [*(hidden[f"hidden_{k}{kind}"] for k in range(1, DEPTH + 1)), rows])
    with tf.GradientTape() as tape:
        *activations, p = both(x, training=True)
        loss = tf.reduce_mean(keras.losses.binary_crossentropy(y[:, None], p))
    gradient = tape.gradient(loss, model.get_layer("hidden_1").kernel)
    return np.stack(activations), float(tf.norm(gradient))


measured = {(start, norm): deep(kernel, norm) for start, kernel in starts.items() for norm in (False, True)}
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.2), sharey=True, layout="constrained")
for ax, norm in zip(axes, (False, True), strict=True):
    for start, colour, marker in zip(starts, (BLUE, GREEN, ORANGE), "osD", strict=True):
        deviations = measured[start, norm][0].std(axis=(1, 2))
        ax.plot(range(1, DEPTH + 1), deviations, color=colour, marker=marker, markersize=4, label=start)
    ax.set(title="with BatchNorm" if norm else "without", xlabel="layer", yscale="log", xticks=range(1, DEPTH + 1))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("spread of the activations\n(sd, log scale)")
axes[0].legend(frameon=False, loc="lower left")
plt.show()

# %% [markdown]
# The spread hides one thing: a tanh cannot exceed 1, so large weights press the units against its ends, where its
# slope is 0 and nothing is learnt. The histograms of the activations show it, layer by layer.

# %%
fig, axes = plt.subplots(2, 3, figsize=(10, 4.4), sharex=True, layout="constrained")
for across, norm in zip(axes, (False, True), strict=True):
    for ax, start in zip(across, starts, strict=True):
        for layer, colour in ((1, GOLD), (4, GREEN), (10, BLUE)):
            values = measured[start, norm][0][layer - 1].ravel()
            ax.hist(values, bins=50, range=(-1, 1), density=True, histtype="step", color=colour, linewidth=1.4,
                    label=f"layer {layer}")  # fmt: skip
        ax.set_title(f"{start}, {'with BatchNorm' if norm else 'without'}", fontsize=9)
        ax.set(ylim=(0, 4), yticks=[])
        ax.spines[["top", "right", "left"]].set_visible(False)
axes[0, 1].legend(frameon=False, fontsize=8)
fig.supxlabel("activation", fontsize=10)
plt.show()

pd.DataFrame(
    {
        (start, "with BatchNorm" if norm else "without"): {
            "spread, layer 1": f"{values[0].std():.2g}",
            "spread, layer 10": f"{values[-1].std():.2g}",
            "beyond ±0.95, layer 10": f"{np.mean(np.abs(values[-1]) > 0.95):.0%}",
            "gradient of layer 1": f"{gradient:.2g}",
        }
        for (start, norm), (values, gradient) in measured.items()
    }
).T

# %%
spreads = {key: values.std(axis=(1, 2)) for key, (values, _) in measured.items()}
gradients = {key: gradient for key, (_, gradient) in measured.items()}
assert spreads["small (sd 0.05)", False][-1] < 1e-3 * spreads["small (sd 0.05)", True][-1]
assert np.mean(np.abs(measured["large (sd 0.5)", False][0][-1]) > 0.95) > 0.5
for start in starts:
    assert 0.5 < spreads[start, True].min() < spreads[start, True].max() < 0.75
assert max(gradients[start, False] for start in starts) > 1e4 * min(gradients[start, False] for start in starts)
assert max(gradients[start, True] for start in starts) < 10 * min(gradients[start, True] for start in starts)

# %% [markdown]
# Without BatchNorm the first weights decide. From small ones, signal and gradient die out on their way through ten
# layers; from large ones, most units of the last layer are pressed against their ends. With it, all three starts
# have the same spread in every layer, and gradients within a factor of ten, in place of tens of thousands. Keras'
# default is chosen so that a network of ordinary depth needs no help; notebook 05 has more of first weights.
#
# ## All of it in a recipe
#
# In a recipe each cure is one key. This one has L2, as chosen above, and early stopping, on the rows of seed 0.

# %%
sets = {"train": (x, y), "val": validation[:2], "test": test[:2]}
table = pd.concat(
    [pd.DataFrame({"x0": x[:, 0], "x1": x[:, 1], "label": y.astype(int), "set": name}) for name, (x, y) in sets.items()]
)
recipe = {
    "name": "crescents",
    "data": {"source": {"kind": "arrays"}, "split": {"kind": "column", "column": "set"}},
    "targets": {"label": {"task": "binary"}},
    "model": {"kind": "sequential", "hidden_units": [64, 64], **chosen["L2"]},
    "training": {
        "epochs": 30,
        "batch_size": BATCH,
        "optimizer": {"kind": "adam", "learning_rate": 0.02},
        "callbacks": {"early_stopping": {"patience": 10}, "checkpoint": None, "progress": False},
    },
    "evaluation": {"plots": False, "baselines": False},
}
run = nn.train(recipe, data=table, runs_dir=tempfile.mkdtemp())


def answers(points):
    columns = ["label_probability_0", "label_probability_1"]
    return run.predict(pd.DataFrame(points, columns=["x0", "x1"]))[columns].to_numpy()


plot_regions(answers, x, y.astype(int), title="L2 and early stopping, from a recipe", **names)

# %%
found = run.metrics["label"]["metrics"]
before, early = plain[0], final["L2 and early stopping"]["test loss"][0]
print(f"test loss of seed 0: {before:.2f} with no cure, {early:.2f} with both cures, by the loop above")
print(f"the recipe's run:    {found['log_loss']['value']:.2f}, after {len(run.history['loss'])} epochs")
print(f"its test accuracy:   {found['accuracy']['value']:.1%}; whoever knows the crescents {1 - test[2].mean():.1%}")
assert found["log_loss"]["value"] < before

# %% [markdown]
# The border is smooth again, the wrong labels are left where they are, and the network has as many units as before.
