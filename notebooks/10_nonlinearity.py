# %% [markdown]
# # Why a network bends: non-linearity and activations in pictures
#
# A Dense layer multiplies by a matrix and adds a vector. Between two of them stands an *activation*, a curve that is
# applied to each number alone. It looks like a detail. This notebook takes it away, puts it back, and compares seven
# of them.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import nnrecipes as nn
from nnrecipes.data.spec import Arrays
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import keras
import tensorflow as tf

from nnrecipes.training.trainers import fit

tf.config.threading.set_intra_op_parallelism_threads(1)  # networks this small are not worth a second core
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"
ACTIVATIONS = ("relu", "leaky_relu", "elu", "tanh", "softplus", "sigmoid", "gelu")

# %% [markdown]
# ## Two spirals
#
# Two classes, 400 rows, two features. No straight line comes near to separating them.


# %%
def spirals(rows, seed=0):
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0.5, 2.7, rows) * np.pi
    side = rng.integers(0, 2, rows)
    radius = turn / 8.5 * np.where(side, 1, -1)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1) + rng.normal(0, 0.03, (rows, 2))
    return (3 * points).astype("float32"), side.astype("float32").reshape(-1, 1)


x, y = spirals(400)
fresh_x, fresh_y = spirals(2000, seed=1)
rows = Arrays({"features": x}, {"output": y}, np.arange(len(x)))


def network(activation, hidden=(24, 24), seed=0):
    keras.utils.set_random_seed(seed)
    model = nn.build_sequential(
        input_shape=(2,), hidden_units=hidden, activation=activation, output_activation="sigmoid"
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def trained(activation, epochs=80, **options):
    model = network(activation, **options)
    history = fit(model, rows, epochs=epochs, batch_size=100, seed=0)
    return model, history["loss"]


def accuracy(model):
    return float(((model(fresh_x).numpy() > 0.5) == fresh_y).mean())


def draw_regions(axes, model, title):
    across = np.linspace(-3.4, 3.4, 120)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(across, across)], axis=1).astype("float32")
    values = model(grid).numpy().reshape(120, 120)
    axes.pcolormesh(across, across, values, cmap="RdBu", vmin=0, vmax=1, alpha=0.5, shading="nearest", rasterized=True)
    axes.contour(across, across, values, [0.5], colors="k", linewidths=0.8)
    for side, colour in ((0, ORANGE), (1, BLUE)):
        axes.scatter(*x[y[:, 0] == side].T, s=5, color=colour)
    axes.set(title=title, xticks=[], yticks=[])


# %% [markdown]
# ## The same network with and without
#
# Two hidden layers of 24 units, 697 weights, the same first weights, the same rows, the same optimizer. The only
# difference: `activation="linear"` on the left, `activation="relu"` on the right.

# %%
flat, flat_losses = trained("linear")
bent, bent_losses = trained("relu")
figure, panels = plt.subplots(1, 3, figsize=(11, 3.4))
draw_regions(panels[0], flat, f"without: {accuracy(flat):.0%} of fresh rows right")
draw_regions(panels[1], bent, f"with relu: {accuracy(bent):.0%}")
panels[2].plot(flat_losses, color=GREY, label="without")
panels[2].plot(bent_losses, color=BLUE, label="with relu")
panels[2].set(xlabel="epoch", title="training loss (nats)")
panels[2].legend()
plt.show()

# %% [markdown]
# Without a curve in between, the border is a straight line, whatever the training does. It is no accident and no lack
# of epochs: a matrix times a matrix is a matrix.
#
# $$ (x W_1 + b_1) W_2 + b_2 = x \, (W_1 W_2) + (b_1 W_2 + b_2) $$
#
# So the three layers are *one* layer, which can be written down:

# %%
matrix, offset = np.eye(2), np.zeros(2)
for layer in flat.layers:
    kernel, bias = (weight.astype("float64") for weight in layer.get_weights())
    matrix, offset = matrix @ kernel, offset @ kernel + bias
by_hand = 1 / (1 + np.exp(-(fresh_x @ matrix + offset)))
gap = np.abs(by_hand - flat(fresh_x).numpy()).max()
print(f"{flat.count_params()} weights do the work of {matrix.size + offset.size}: largest difference {gap:.1e}")

# %% [markdown]
# With ReLU, each unit of the first layer folds the plane along one line. The more units, the more folds, and the
# border is made of straight pieces:

# %%
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2))
for axes, units in zip(panels, (3, 8, 64), strict=True):
    model, _ = trained("relu", hidden=(units,))
    draw_regions(axes, model, f"one layer of {units}: {accuracy(model):.0%}")
plt.show()

# %% [markdown]
# ## Seven curves
#
# What an activation does to one number, and its slope, which is what the gradient is multiplied by on its way back.

# %%
numbers = tf.Variable(np.linspace(-4, 4, 400).astype("float32"))
figure, (values, slopes) = plt.subplots(1, 2, figsize=(11, 3.6))
for name in ACTIVATIONS:
    with tf.GradientTape() as tape:
        curve = keras.activations.get(name)(numbers)
    values.plot(numbers.numpy(), curve.numpy(), label=name)
    slopes.plot(numbers.numpy(), tape.gradient(curve, numbers).numpy(), label=name)
values.set(title="activation", ylim=(-1.6, 4))
slopes.set(title="its slope")
slopes.legend(fontsize=8)
plt.show()

# %% [markdown]
# - **relu** is 0 below 0: cheap, but a unit that is below 0 for every row has no slope and never comes back: it
#   *dies*.
# - **leaky_relu** and **elu** keep something below 0, so that no unit dies.
# - **tanh** and **sigmoid** flatten out on both sides: far from 0 there is next to no slope. The sigmoid's is never
#   above 1/4.
# - **softplus** is a rounded relu, **gelu** too, with a dip below 0.
#
# All seven on the spirals, all else alike:

# %%
table, curves = [], {}
figure, panels = plt.subplots(2, 4, figsize=(12, 6.2))
for axes, name in zip(panels.flat, ACTIVATIONS, strict=False):
    model, curves[name] = trained(name)
    draw_regions(axes, model, name)
    table.append({"activation": name, "accuracy": accuracy(model)})
for name, losses in curves.items():
    panels[1, 3].plot(losses, label=name, linewidth=1)
panels[1, 3].set(title="training loss", xlabel="epoch", yscale="log")
panels[1, 3].legend(fontsize=7)
plt.show()
pd.DataFrame(table).sort_values("accuracy", ascending=False).round(3).reset_index(drop=True)

# %% [markdown]
# The borders tell them apart: relu and leaky_relu make corners, the smooth ones round bends. After the same 80 epochs
# the sigmoid has hardly begun, softplus is half-way, and the reason is their slope near 0.
#
# ## Why the sigmoid left the hidden layers
#
# Each layer multiplies the gradient by the slope of its activation. Twelve layers of sigmoid multiply it by at most
# $(1/4)^{12}$, less than a ten-millionth. Here is the gradient of the first batch in each of twelve layers:

# %%
figure, axes = plt.subplots(figsize=(8, 3.2))
for name, colour in (("sigmoid", ORANGE), ("tanh", GREEN), ("relu", BLUE)):
    model = network(name, hidden=(24,) * 12)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x))
    kernels = [layer.kernel for layer in model.layers[:-1]]
    sizes = [float(tf.sqrt(tf.reduce_mean(g**2))) for g in tape.gradient(loss, kernels)]
    axes.plot(range(1, 13), sizes, marker="o", color=colour, label=name)
axes.set(yscale="log", xlabel="layer, from the input", title="size of the gradient before the first update")
axes.legend()
plt.show()

# %% [markdown]
# With the sigmoid the first layer gets a gradient that is tens of thousands of times smaller than the last one's: it
# does not learn. As an *output* the sigmoid is at home, because there its number is a probability.
#
# ## One loss, two spellings: sparse and one-hot
#
# The cross-entropy of a class is the negative logarithm of the probability that the network gives it. It comes in two
# spellings: `sparse_categorical_crossentropy` takes the class number, `categorical_crossentropy` a row of zeros with a
# one. It is the same sum, as all its other terms are multiplied by 0:

# %%
digits, labels = load_digits(return_X_y=True)
pixels = (digits / 16).astype("float32")
one_hot = np.eye(10, dtype="float32")[labels]
losses, weights = {}, {}
for kind, target in (
    ("sparse_categorical_crossentropy", labels.astype("int32")),
    ("categorical_crossentropy", one_hot),
):
    keras.utils.set_random_seed(0)
    model = nn.build_sequential(input_shape=(64,), hidden_units=(32,), output_units=10, output_activation="softmax")
    model.compile(keras.optimizers.Adam(0.01), kind)
    losses[kind] = fit(model, Arrays({"features": pixels}, {"output": target}, np.arange(len(pixels))),
                       epochs=10, batch_size=64, seed=0)["loss"]  # fmt: skip
    weights[kind] = np.concatenate([weight.ravel() for weight in model.get_weights()])
first, second = (np.array(values) for values in losses.values())
print("loss of each epoch, sparse :", first.round(4))
print("loss of each epoch, one-hot:", second.round(4))
print(f"largest difference of the losses : {np.abs(first - second).max():.1e}")
print(f"largest difference of the weights: {np.abs(np.subtract(*weights.values())).max():.1e}")
assert np.abs(first - second).max() < 1e-6

# %% [markdown]
# They differ in memory alone: for 10,000 classes, one number a row against 10,000. In a recipe `loss:
# sparse_categorical_crossentropy` is the default of classes, and the labels are encoded as the loss wants them; a
# metric that needs one-hot labels, such as an F score, asks for `loss: categorical_crossentropy`.
