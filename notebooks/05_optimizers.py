# %% [markdown]
# # Optimizers, starting points, batches
#
# Training is a walk downhill on the loss. Three things decide how it goes: the rule that turns gradients into steps
# (the *optimizer*), the weights it starts from, and how many rows each gradient is taken from. This notebook
# looks at them one after the other, first on losses of one or two weights, which can be drawn.

# %%
# %matplotlib inline
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import nnrecipes as nn
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import keras
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)  # networks this small are not worth a second core
BLUE, ORANGE, GOLD, GREEN, GREY = "#0072B2", "#D55E00", "#E69F00", "#009E73", "#767676"
SKY, PINK = "#56B4E9", "#CC79A7"

# %% [markdown]
# ## One loss surface
#
# The smallest network there is: one neuron without a bias, two inputs, 200 rows. Its loss is the mean squared error,
# so it depends on two weights and is a bowl. The inputs are correlated and of different scale, as columns of a table
# often are, and that makes the bowl a narrow valley that lies across both axes.

# %%
rng = np.random.default_rng(0)
inputs = rng.normal(size=(200, 2)) @ np.array([[1.6, 0.9], [0.0, 0.17]])
goal = inputs @ np.array([1.0, 1.0]) + 0.1 * rng.normal(size=200)
inputs_tf, goal_tf = tf.constant(inputs, tf.float32), tf.constant(goal, tf.float32)

hessian = 2 * inputs.T @ inputs / len(inputs)  # the bowl's curvature, the same everywhere
flat, steep = np.linalg.eigvalsh(hessian)
best = np.linalg.lstsq(inputs, goal, rcond=None)[0]
start = np.array([-1.2, 2.2])


def squared_error(w):
    return tf.reduce_mean((tf.linalg.matvec(inputs_tf, w) - goal_tf) ** 2)


def loss_at(points):
    """Weights (..., 2) -> losses (...)."""
    return np.mean((points @ inputs.T - goal) ** 2, axis=-1)


least = loss_at(best)
print(f"the valley is {steep / flat:.0f} times as steep across as along")
print(
    f"the lowest point is {best.round(2)}, with a loss of {least:.3f}; the walk starts at {start}: {loss_at(start):.2f}"
)

# %% [markdown]
# ## Seven rules
#
# With the gradient $g$ and the learning rate $\eta$:
#
# | rule | one step | idea |
# |---|---|---|
# | SGD | $w \leftarrow w - \eta g$ | downhill |
# | momentum | $m \leftarrow 0.9\,m - \eta g, \quad w \leftarrow w + m$ | zigzags cancel, the way along adds up |
# | Nesterov | $m$ as above, $w \leftarrow w + 0.9\,m - \eta g$ | look one step ahead |
# | Adagrad | $s \leftarrow s + g^2, \quad w \leftarrow w - \eta g / \sqrt{s}$ | shrinking steps of each weight |
# | RMSprop | $s \leftarrow 0.9\,s + 0.1\,g^2, \quad$ step as Adagrad | the same, but old gradients are forgotten |
# | Adam | means of $g$ and of $g^2$, $w \leftarrow w - \eta\, \hat m / \sqrt{\hat s}$ | momentum and RMSprop together |
# | AdamW | $w \leftarrow w - \eta \lambda w$, then Adam | every weight also shrinks a little |
#
# They are short enough to be written down, and Keras has them all. The first cell is ours, the second lets Keras walk,
# and both must go the same way, step for step.


# %%
def walk(rule, rate, start=start, steps=60, momentum=0.9, rho=0.9, beta1=0.9, beta2=0.999, decay=0.1, tiny=1e-7):
    """The way of a rule over the surface, in numpy: (steps + 1, *shape of start)."""
    w, m, s = start.astype(float), np.zeros(start.shape), np.full(start.shape, 0.1 if rule == "Adagrad" else 0.0)
    way = [w]
    for t in range(1, steps + 1):
        g = (w - best) @ hessian
        if rule == "SGD":
            w = w - rate * g
        elif rule in ("momentum", "Nesterov"):
            m = momentum * m - rate * g
            w = w + (m if rule == "momentum" else momentum * m - rate * g)
        elif rule in ("Adagrad", "RMSprop"):
            s = s + g**2 if rule == "Adagrad" else rho * s + (1 - rho) * g**2
            w = w - rate * g / np.sqrt(s + tiny)
        else:
            w = w - (rate * decay * w if rule == "AdamW" else 0)
            m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g**2
            w = w - rate * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + tiny)
        way.append(w)
    return np.array(way)


def walk_keras(optimizer, loss, start, steps):
    """The way of a Keras optimizer over any loss of one variable: (steps + 1, *shape of start)."""
    w = keras.Variable(np.asarray(start, "float32"))
    optimizer.build([w])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(loss(w.value))
        optimizer.apply([tape.gradient(value, w.value)])

    way = [w.numpy()]
    for _ in range(steps):
        step()
        way.append(w.numpy())
    return np.array(way)


rules = {
    "SGD": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "Nesterov": lambda rate: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "Adagrad": lambda rate: keras.optimizers.Adagrad(rate),
    "RMSprop": lambda rate: keras.optimizers.RMSprop(rate),
    "Adam": lambda rate: keras.optimizers.Adam(rate),
    "AdamW": lambda rate: keras.optimizers.AdamW(rate, weight_decay=0.1),
}
colours = dict(zip(rules, (GREY, BLUE, SKY, GOLD, PINK, ORANGE, GREEN), strict=True))

# %% [markdown]
# ## The learning rate first
#
# No rule can be judged at a learning rate that was made for another one. So each is tried at 41 of them, for 60
# steps, from 50 starts that lie close together, as a single walk may be lucky. We see how far above the lowest point
# they are in the last ten steps, on average.

# %%
STEPS = 60
rates = np.logspace(-3, 1, 41)
nearby = start + 0.1 * rng.normal(size=(50, 2))
with np.errstate(over="ignore", invalid="ignore"):
    above = {
        rule: np.array([loss_at(walk(rule, rate, nearby)[-10:]).mean() - least for rate in rates]) for rule in rules
    }
chosen = {rule: float(rates[np.nanargmin(values)]) for rule, values in above.items()}

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for rule, values in above.items():
    shown = np.where(values < 1e3, values, np.nan)
    ax.plot(rates, shown, color=colours[rule], linewidth=1.8, label=rule)
    ax.plot(chosen[rule], np.nanmin(values), "o", color=colours[rule], markersize=5)
ax.axvline(2 / steep, color="black", linestyle=":", linewidth=1, zorder=0)
ax.annotate("2 / steepest curvature", (2 / steep, 200), xytext=(5, 0), textcoords="offset points", fontsize=8)
ax.set(xscale="log", yscale="log", xlabel="learning rate (log scale)", ylim=(1e-5, 1e3))
ax.set(ylabel="loss above the least, last\n10 of 60 steps (log scale)", title="every rule has its own learning rate")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, ncols=1, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
limit = 2 / steep
for rule, most in (("SGD", limit), ("momentum", 1.9 * limit)):
    exploded = ~(above[rule] < 1e3)
    assert exploded[rates > 1.4 * most].all()
    assert not exploded[rates < most].any()
for rule in ("Adagrad", "RMSprop", "Adam", "AdamW"):
    assert (above[rule] < 1e3).all()
print({rule: f"{rate:.2g}" for rule, rate in chosen.items()})

# %% [markdown]
# * SGD has a cliff: from a rate of 2 / (steepest curvature) on, each step is so long that it ends higher on the other
#   side. Momentum's cliff lies 1.9 times as far (that is $1 + 0.9$).
# * The last four divide by the gradients' size, so the length of their steps hardly depends on how steep it is. They
#   may dance around the lowest point, but none of them explodes at any of these rates.
# * The best rates (dots) lie far apart. To change the rule and keep the rate is no comparison.

# %% [markdown]
# ## The paths
#
# Each rule at the best of its rates, walked by the real Keras optimizer. Where the colour changes the loss is the
# same; the square is the start, the star the lowest point.

# %%
ways = {rule: walk_keras(make(chosen[rule]), squared_error, start, STEPS) for rule, make in rules.items()}
for rule, way in ways.items():
    assert np.allclose(way[:21], walk(rule, chosen[rule])[:21], atol=1e-3)  # in float32, ours in float64

wide = np.stack(np.meshgrid(np.linspace(-1.7, 2.7, 160), np.linspace(-0.6, 4.4, 160)), axis=-1)  # (160, 160, 2)
heights = loss_at(wide)
levels = least + np.logspace(-2, 1.3, 12)
fig, axes = plt.subplots(2, 4, figsize=(12, 6), layout="constrained")
for ax, (rule, way) in zip(axes.flat, ways.items(), strict=False):
    ax.contourf(wide[..., 0], wide[..., 1], heights, levels=[0, *levels, 1e3], cmap="Blues", norm="log", alpha=0.6)
    ax.plot(*way.T, color=ORANGE, linewidth=1.3, marker="o", markersize=2.8)
    ax.plot(*start, "s", color="black", markersize=6)
    ax.plot(*best, "*", color="black", markersize=11)
    ax.set_title(f"{rule}, rate {chosen[rule]:.2g}", fontsize=10)
    ax.set(xlim=(-1.7, 2.7), ylim=(-0.6, 4.4), xticks=[-1, 0, 1, 2], yticks=[0, 1, 2, 3, 4])
    ax.label_outer()
last = axes.flat[7]
for rule, way in ways.items():
    last.plot(loss_at(way) - least, color=colours[rule], linewidth=1.5, label=rule)
last.set(yscale="log", xlabel="steps", ylim=(1e-5, 30))
last.set_title("loss above the least (log scale)", fontsize=10)
last.spines[["top", "right"]].set_visible(False)
last.legend(frameon=False, fontsize=7, ncols=2, loc="lower left")
fig.supxlabel("first weight", fontsize=10)
fig.supylabel("second weight", fontsize=10)
plt.show()


# %%
def steps_to(way, height):
    """Steps until the loss stays within `height` of the least, or None."""
    high = np.flatnonzero(loss_at(way) - least > height)
    reached = 0 if not len(high) else int(high[-1]) + 1
    return reached if reached < len(way) else None


report = pd.DataFrame(
    {
        rule: {
            "learning rate": f"{chosen[rule]:.3g}",
            "first step": np.abs(way[1] - way[0]).round(3),
            "steps to 0.01 above": steps_to(way, 0.01) or "-",
            "above, last ten": f"{loss_at(way[-10:]).mean() - least:.1e}",
            "length of the way": f"{np.linalg.norm(np.diff(way, axis=0), axis=1).sum():.1f}",
        }
        for rule, way in ways.items()
    }
).T
print(f"straight from the start to the lowest point: {np.linalg.norm(best - start):.1f}")
report

# %%
first = {rule: np.abs(way[1] - way[0]) for rule, way in ways.items()}
for rule in ("Adagrad", "RMSprop", "Adam"):
    assert np.isclose(*first[rule], rtol=0.01)
assert np.allclose(first["Adam"], chosen["Adam"], rtol=1e-3)
assert not np.isclose(*first["SGD"], rtol=0.3)
ends = {rule: loss_at(way[-10:]).mean() - least for rule, way in ways.items()}
print("nearest to the lowest point first:", *sorted(ends, key=ends.get), sep=" ")
assert min(ends, key=ends.get) == "Nesterov"
rest = walk("AdamW", chosen["AdamW"], steps=3000)[-200:]
assert np.ptp(rest, axis=0).max() < 0.01
assert np.linalg.norm(rest[-1]) < np.linalg.norm(best)
assert loss_at(rest[-1]) - least > 2e-5
assert ends["momentum"] < 0.5 * ends["SGD"]

# %% [markdown]
# * **SGD** jumps from side to side across the valley, as its rate is near the cliff, and then creeps along the floor,
#   where the gradient is small. No other rate helps: a smaller one creeps more slowly still.
# * **Momentum** adds up what is the same in all gradients, so it is fast along the floor, and swings around it.
#   **Nesterov** looks ahead and turns earlier: it swings less, and ends nearest to the lowest point.
# * The first steps of **Adagrad**, **RMSprop** and **Adam** are equally long in both weights, whatever the gradient
#   (Adam's is the learning rate itself). They measure each *weight*, and this valley lies across both.
# * **AdamW**'s shrinking brakes the swings, but pulls every weight towards 0: it comes to rest a little
#   beside the lowest point.
# * On this surface Nesterov's momentum does best. On a network, with noise in each gradient and curvatures that differ
#   from weight to weight, the order can be another one. Try Adam and SGD with momentum, each with several rates.

# %%
angle = np.linspace(-3, 3, 120)
wave = np.sin(3 * angle) + 0.1 * rng.normal(size=len(angle))
angle_tf, wave_tf = tf.constant(angle, tf.float32), tf.constant(wave, tf.float32)


def wave_loss(w):
    """Frequencies (starts,) -> losses (starts,); every start has a weight and a loss of its own."""
    return tf.reduce_mean((tf.sin(w[:, None] * angle_tf) - wave_tf) ** 2, axis=1)


grid = np.linspace(0, 7, 1401, dtype="float32")
curve = wave_loss(tf.constant(grid)).numpy()
dips = np.flatnonzero((curve[1:-1] < curve[:-2]) & (curve[1:-1] < curve[2:])) + 1
valleys, depth = grid[dips], curve[dips]
print("local minima at", valleys.round(2), "with losses", depth.round(2))

# %% [markdown]
# And a second surface, made up: a wide bowl with small ripples on it, $0.15\,(w-3)^2 + 0.1\,(1 - \cos 5\,(w-3))$.
#
# On both, 29 starts along the axis, each walked for 300 steps, by SGD and by SGD with momentum. A line leads from each
# start to where it ended; green are those that found the deepest minimum.


# %%
def ripples(w):
    return 0.15 * (w - 3) ** 2 + 0.1 * (1 - tf.cos(5 * (w - 3)))


starts = np.linspace(0, 7, 29)
surfaces = {"sin(w x)": (wave_loss, valleys[np.argmin(depth)]), "bowl with ripples": (ripples, 3.0)}
found = {}
fig, axes = plt.subplots(2, 2, figsize=(11.5, 6), sharex=True, sharey="row", layout="constrained")
for across, (surface, (loss, deepest)) in zip(axes, surfaces.items(), strict=True):
    for ax, (name, momentum) in zip(across, {"SGD": 0.0, "momentum 0.9": 0.9}.items(), strict=True):
        ends = walk_keras(keras.optimizers.SGD(0.05, momentum=momentum), loss, starts, 300)[-1]
        heights = loss(tf.constant(starts, tf.float32)).numpy()
        hit = np.abs(ends - deepest) < 0.1
        found[surface, name] = hit.mean()
        line = loss(tf.constant(grid)).numpy()
        low = -0.12 * line.max()
        ax.plot(grid, line, color="black", linewidth=1)
        for begin, end, height, good in zip(starts, ends, heights, hit, strict=True):
            colour = GREEN if good else ORANGE
            ax.plot([begin, end], [height, low], color=colour, linewidth=0.8, alpha=0.6)
            ax.plot(begin, height, "o", color=colour, markersize=5)
        ax.plot(ends, np.full(len(ends), low), "^", color="black", markersize=5)
        ax.set_title(f"{surface}, {name}: {hit.sum()} of 29 starts find the deepest", fontsize=10)
        ax.spines[["top", "right"]].set_visible(False)
fig.supxlabel("the weight: where a walk starts (dot, on the curve) and where it ends (triangle, below)", fontsize=10)
fig.supylabel("loss", fontsize=10)
plt.show()

# %%
assert found["sin(w x)", "SGD"] == found["sin(w x)", "momentum 0.9"] < 0.5
assert found["bowl with ripples", "momentum 0.9"] > 3 * found["bowl with ripples", "SGD"]

# %% [markdown]
# * SGD ends at the bottom of the valley in which it begins. The gradient knows nothing of other valleys.
# * Momentum rolls over ripples, not over mountains: on the bowl it finds the deepest minimum from four times as many
#   starts (and one start was too high: it rolled through the deepest, and out of it). For the sine it changes nothing.

# %% [markdown]
# ## The same with two weights
#
# Now $\sin(w_1 x + w_2)$: frequency and phase. 6,561 starts walk at once, 200 steps each, and every
# point of the map has the colour of the loss where the walk from it ended.


# %%
def wave_loss_2(w):
    """Frequency and phase (starts, 2) -> losses (starts,)."""
    return tf.reduce_mean((tf.sin(w[:, :1] * angle_tf + w[:, 1:]) - wave_tf) ** 2, axis=1)


SIDE = 81
frequency, phase = np.linspace(0.5, 5.5, SIDE), np.linspace(-np.pi, np.pi, SIDE)
field = np.stack(np.meshgrid(frequency, phase), axis=-1).reshape(-1, 2).astype("float32")
travellers = {
    "SGD": keras.optimizers.SGD(0.05),
    "momentum": keras.optimizers.SGD(0.05, momentum=0.9),
    "Adam": keras.optimizers.Adam(0.1),
}
landed = {}
fig, axes = plt.subplots(1, 4, figsize=(13.5, 3.5), sharey=True, layout="constrained")
surface = wave_loss_2(tf.constant(field)).numpy().reshape(SIDE, SIDE)
limits = {"cmap": "viridis", "vmin": 0, "vmax": float(surface.max())}
axes[0].contourf(frequency, phase, surface, levels=16, **limits)
axes[0].set_title("the surface", fontsize=10)
for ax, (name, optimizer) in zip(axes[1:], travellers.items(), strict=True):
    arrived = walk_keras(optimizer, wave_loss_2, field, 200)
    landed[name] = wave_loss_2(tf.constant(arrived[-1])).numpy()
    image = ax.pcolormesh(frequency, phase, landed[name].reshape(SIDE, SIDE), rasterized=True, **limits)
    for number in (SIDE * 24 + 25, SIDE * 62 + 55, SIDE * 50 + 12):
        ax.plot(*arrived[:, number].T, color="white", linewidth=1)
        ax.plot(*field[number], "o", color="white", markersize=4)
    ax.set(xlim=(frequency[0], frequency[-1]), ylim=(phase[0], phase[-1]))
    ax.set_title(f"{name}: {np.mean(landed[name] < 0.02):.0%} find the truth", fontsize=10)
fig.colorbar(image, ax=axes, label="loss where the walk ends")
fig.supxlabel("frequency", fontsize=10)
axes[0].set_ylabel("phase")
plt.show()

# %%
shares = {name: float(np.mean(loss < 0.02)) for name, loss in landed.items()}
assert max(shares.values()) - min(shares.values()) < 0.02
assert max(shares.values()) < 0.4
tries = np.arange(1, 13)
enough = int(tries[1 - (1 - shares["SGD"]) ** tries > 0.95][0])
print(
    f"a random start finds the truth with a probability of {shares['SGD']:.0%}; one of {enough} starts, with over 95 %"
)

# %% [markdown]
# The rules shift the borders of the basins and hardly change their size: where you end is decided by where you start.
# The cure is as simple: several starts, and the validation loss chooses. (In a network of many weights a point that is
# lowest in *every* direction is rare, and most minima are nearly as good as the best; there the first weights matter
# for another reason, which comes next.)

# %% [markdown]
# ## Where to start: the first weights
#
# A deep network can be lost before its first step. Twenty layers of 64 ReLU units on the handwritten digits of
# scikit-learn, from five kinds of first weights:

# %%
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.data))
pixels = ((digits.data - digits.data.mean()) / digits.data.std())[order].astype("float32")
labels = digits.target[order].astype("int32")
x_train, y_train, x_held, y_held = pixels[:1437], labels[:1437], pixels[1437:], labels[1437:]

DEPTH, WIDTH = 20, 64
kinds = {
    "zeros": "zeros",
    "small (sd 0.05)": {"kind": "random_normal", "stddev": 0.05},
    "Glorot": "glorot_normal",
    "He": "he_normal",
    "large (sd 0.3)": {"kind": "random_normal", "stddev": 0.3},
}
kind_colours = dict(zip(kinds, (GREY, BLUE, SKY, GREEN, ORANGE), strict=True))


def deep(initializer, depth=DEPTH):
    keras.utils.set_random_seed(0)
    return nn.build_sequential(
        input_shape=(64,),
        hidden_units=[WIDTH] * depth,
        output_units=10,
        output_activation="softmax",
        kernel_initializer=initializer,
    )


def spreads(model, x, y):
    """Standard deviation of each hidden layer's activations and of its kernel's gradient: two of (layers,)."""
    hidden = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    with tf.GradientTape() as tape:
        *activations, p = hidden(x, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, p))
    kernels = [layer.kernel for layer in model.layers if layer.name.startswith("hidden") and hasattr(layer, "kernel")]
    gradients = tape.gradient(loss, kernels)
    return np.array([np.std(a) for a in activations]), np.array([np.std(g) for g in gradients])


models = {name: deep(kind) for name, kind in kinds.items()}
first_weights = {name: model.get_weights() for name, model in models.items()}
measured = {name: spreads(model, x_train, y_train) for name, model in models.items()}
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.6), layout="constrained")
for ax, which, title in zip(axes, (0, 1), ("activations", "gradients of the weights"), strict=True):
    for name, values in measured.items():
        if values[which].max() > 0:
            ax.plot(range(1, len(values[which]) + 1), values[which], ".-", color=kind_colours[name], label=name)
    ax.set(title=title, xlabel="layer", yscale="log", xticks=[1, 5, 10, 15, 20])
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("spread (sd, log scale)")
axes[1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
growth = {name: (a[-1] / a[0]) ** (1 / (DEPTH - 1)) if a[0] else np.nan for name, (a, _) in measured.items()}
pd.DataFrame(
    {
        name: {
            "activations, layer 1": f"{a[0]:.2g}",
            "activations, layer 20": f"{a[-1]:.2g}",
            "factor a layer": f"{growth[name]:.2f}",
            "gradients, layer 1": f"{g[0]:.2g}",
            "gradients, layer 20": f"{g[-1]:.2g}",
        }
        for name, (a, g) in measured.items()
    }
).T

# %%
assert measured["zeros"][0].max() == measured["zeros"][1].max() == 0
for name, factor in {"small (sd 0.05)": 0.05 * np.sqrt(32), "Glorot": np.sqrt(0.5), "He": 1.0}.items():
    assert np.isclose(growth[name], factor, rtol=0.1)
assert growth["large (sd 0.3)"] > 1.5
for name, (_, gradients) in measured.items():
    assert name == "zeros" or gradients.max() < 15 * gradients.min()

# %% [markdown]
# * A layer multiplies the spread by about $\text{sd} \cdot \sqrt{64 / 2}$: 64 inputs, of which ReLU lets half through.
#   **He** chooses the sd that makes this 1. **Glorot**, made for tanh, has 0.71, and twenty layers of it leave a
#   thousandth. (Glorot is Keras' default: for two or three layers the difference is small.)
# * The gradient of a weight is *its input times the error from behind*. The one has come through all layers before, the
#   other through all layers behind, so in every layer nearly the same number of factors comes together: the right
#   lines are flat, but at heights that lie fifteen powers of ten apart. No learning rate suits such gradients.
# * **Zeros**: every activation is 0, and every gradient of the hidden weights is 0.

# %% [markdown]
# And what becomes of them: the same training for each, plain SGD with momentum.


# %%
model = deep("zeros")
model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="sparse_categorical_crossentropy")
model.optimizer.build(model.trainable_variables)
at_rest = [variable.numpy() for variable in model.optimizer.variables]


def trained(weights, epochs=12):
    """First weights -> losses (epochs,), held-out accuracy, and the weights in the end."""
    model.set_weights(weights)
    for variable, value in zip(model.optimizer.variables, at_rest, strict=True):
        variable.assign(value)
    keras.utils.set_random_seed(0)
    losses = model.fit(x_train, y_train, batch_size=64, epochs=epochs, verbose=0).history["loss"]
    accuracy = np.mean(model(x_held).numpy().argmax(axis=1) == y_held)
    return losses, float(accuracy), model.get_weights()


after = {name: trained(weights) for name, weights in first_weights.items()}
fig, ax = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
styles = dict(zip(kinds, ("-", "--", "-", "-", "-"), strict=True))
for name, (losses, *_) in after.items():
    label = name if np.isfinite(losses).all() else f"{name}: not a number"
    ax.plot(range(1, 13), losses, styles[name], marker=".", color=kind_colours[name], label=label)
ax.axhline(np.log(10), color="black", linestyle=":", linewidth=1, zorder=0)
ax.set(xlabel="epoch", ylabel="training loss", ylim=(0, 3), title="the same 20 layers, the same training")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
pd.DataFrame(
    {
        name: {
            "loss, epoch 1": f"{losses[0]:.3g}",
            "loss, epoch 12": f"{losses[-1]:.3g}",
            "held-out accuracy": f"{share:.0%}",
        }
        for name, (losses, share, _) in after.items()
    }
).T

# %%
for name in ("zeros", "small (sd 0.05)"):
    assert abs(after[name][0][-1] - np.log(10)) < 0.01
assert not any(kernel.any() for kernel in after["zeros"][2][:-2:2])  # all but that of the output
assert after["He"][1] > 0.85
assert after["He"][0][-1] < 0.5 * after["Glorot"][0][-1]
assert np.isnan(after["large (sd 0.3)"][0]).all()

# %% [markdown]
# From zeros and from small weights the loss stays at $\log 10 = 2.303$ (dotted), that of always saying 10 % to each
# digit; after twelve epochs the zeros are still zeros. Glorot's weights lose half of the time before anything happens.
# He's learn from the first epoch on. From the large ones the loss is not even a number:
# the first steps throw the network out of all bounds.
# In a recipe the first weights are `model.kernel_initializer`. For deep ReLU networks write `he_normal`.

# %% [markdown]
# ## Mini-batch against full batch
#
# The gradient of a few rows is an estimate of the gradient of all. How good? Here is a smaller network at its start,
# the gradient of all its 1,437 rows, and 200 random batches of each size.

# %%
SIZES = (8, 32, 128, len(x_train))


def small():
    keras.utils.set_random_seed(0)
    return nn.build_sequential(
        input_shape=(64,), hidden_units=[64, 32], output_units=10, output_activation="softmax",
        kernel_initializer="he_normal",
    )  # fmt: skip


model = small()
x_tf, y_tf = tf.constant(x_train), tf.constant(y_train)


@tf.function(reduce_retracing=True)
def gradient(rows):
    with tf.GradientTape() as tape:
        p = model(tf.gather(x_tf, rows))
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(tf.gather(y_tf, rows), p))
    return tf.concat([tf.reshape(g, [-1]) for g in tape.gradient(loss, model.trainable_variables)], axis=0)


rng = np.random.default_rng(1)
full = gradient(np.arange(len(x_train))).numpy()
off = {}
for size in SIZES[:-1]:
    batch = [gradient(rng.choice(len(x_train), size, replace=False)).numpy() for _ in range(200)]
    off[size] = float(np.sqrt(np.mean([np.sum((g - full) ** 2) for g in batch])) / np.linalg.norm(full))
rows = len(x_train)
expected = {n: off[8] * np.sqrt((1 / n - 1 / rows) / (1 / 8 - 1 / rows)) for n in off}
for n in off:
    print(
        f"batches of {n:3}: off by {off[n]:.0%} of the gradient's length; expected from those of 8: {expected[n]:.0%}"
    )
    assert abs(off[n] / expected[n] - 1) < 0.1

# %% [markdown]
# Sixteen times the rows make the estimate about four times as good, and cost sixteen times as much. (The expected
# figures are the standard error of a mean of $n$ rows drawn from $N$: it falls as $\sqrt{1/n - 1/N}$.)
#
# Which of them trains best? Four batch sizes, each at three learning rates, until the mean loss of all training rows
# is below 0.05, or for 150 epochs; a training that is still above 1.5 after 1,000 updates is given up. An epoch is one
# TensorFlow graph, so the clock counts updates and not the Python between them.

# %%
TARGET, MOST, RATES = 0.05, 150, (0.1, 0.3, 1.0)


def train_to(size):
    """Learning rate -> loss after each epoch, and seconds all epochs took so far (without measuring the loss)."""
    model, optimizer = small(), keras.optimizers.SGD()
    optimizer.build(model.trainable_variables)
    begin_with, found = model.get_weights(), {}

    @tf.function(input_signature=(tf.TensorSpec((None, size), tf.int64),))
    def epoch(batches):
        for rows in batches:
            with tf.GradientTape() as tape:
                p = model(tf.gather(x_tf, rows))
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(tf.gather(y_tf, rows), p))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return optimizer.iterations.value

    @tf.function
    def measure():
        return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y_tf, model(x_tf)))

    epoch(tf.zeros((1, size), tf.int64)).numpy()  # the first call compiles, and is not counted
    for rate in RATES:
        model.set_weights(begin_with)
        optimizer.learning_rate = rate
        rng = np.random.default_rng(0)
        losses, seconds, updates = [float(measure())], [0.0], 0
        while not losses[-1] <= TARGET and len(losses) <= MOST and (losses[-1] < 1.5 or updates < 1000):
            batches = rng.permutation(len(x_train))[: len(x_train) // size * size].reshape(-1, size)
            begin = time.perf_counter()
            epoch(tf.constant(batches)).numpy()
            seconds.append(seconds[-1] + time.perf_counter() - begin)
            losses.append(float(measure()))
            updates += len(batches)
        found[rate] = np.array(losses), np.array(seconds)
    return found


tries = {(size, rate): result for size in SIZES for rate, result in train_to(size).items()}
reached = {key: len(losses) - 1 if losses[-1] <= TARGET else None for key, (losses, _) in tries.items()}
print("epochs to a loss of 0.05:")
pd.DataFrame(
    {f"batches of {size}": {f"rate {rate}": reached[size, rate] or "never" for rate in RATES} for size in SIZES}
).T

# %%
best_rate = {}
for size in SIZES:
    done = {rate: reached[size, rate] for rate in RATES if reached[size, rate]}
    best_rate[size] = min(done, key=done.get)
size_colours = dict(zip(SIZES, (ORANGE, GOLD, GREEN, BLUE), strict=True))
fig, axes = plt.subplots(1, 3, figsize=(13, 3.7), sharey=True, layout="constrained")
costs = {}
for size in SIZES:
    losses, seconds = tries[size, best_rate[size]]
    epochs = np.arange(len(losses))
    updates = epochs * (len(x_train) // size)
    name = f"{size}, rate {best_rate[size]}" if size < len(x_train) else f"all {size}, rate {best_rate[size]}"
    costs[name] = {"epochs": epochs[-1], "updates": updates[-1], "milliseconds": 1000 * seconds[-1]}
    costs[name]["milliseconds an update"] = round(1000 * seconds[-1] / updates[-1], 2)
    for ax, along in zip(axes, (updates, epochs, seconds), strict=True):
        ax.plot(along[1:], losses[1:], ".-", color=size_colours[size], linewidth=1.5, markersize=3, label=name)
        ax.plot(along[-1], losses[-1], "o", color=size_colours[size], markersize=5)
for ax, label in zip(axes, ("updates (log scale)", "epochs (log scale)", "seconds (log scale)"), strict=True):
    ax.axhline(TARGET, color="black", linestyle=":", linewidth=1, zorder=0)
    ax.set(xlabel=label, xscale="log", yscale="log")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("training loss (log scale)")
axes[2].legend(frameon=False, fontsize=8, title="rows in a batch", loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
costs = pd.DataFrame(costs).T.astype({"epochs": int, "updates": int, "milliseconds": int})
costs

# %%
little, whole = costs.iloc[0], costs.iloc[-1]
assert best_rate[8] < best_rate[32] < best_rate[128]
assert reached[8, 1.0] is None
assert reached[len(x_train), 0.1] is None
assert list(costs["updates"]) == sorted(costs["updates"], reverse=True)
assert whole["epochs"] > 5 * little["epochs"]
assert whole["updates"] < 0.2 * little["updates"]

# %% [markdown]
# * **Updates**: the larger the batch, the fewer are needed, as each gradient is better and bears longer steps. A rate
#   of 1 ruins batches of 8, and a rate of 0.1 takes the full batch nowhere in 150 epochs.
# * **Epochs**: the full batch makes one update of each pass over the rows, and needs ten times as many passes as the
#   small batches. Most of its exactness is wasted: on the way down a rough direction is enough.
# * **Seconds**: between the two. An update of 1,437 rows costs more than one of 8, but not 180 times as much (last
#   column: figures of the machine that ran this), so the fastest size lies in the middle.
#
# In a recipe these are `training.batch_size` and `training.optimizer`. When you change the one, look for a new
# learning rate of the other.

# %%
recipe = nn.check(
    "sequential_digits",
    overrides={
        "training.batch_size": 32,
        "training.optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        "model.kernel_initializer": "he_normal",
    },
).config
print(
    {
        key: value
        for key, value in recipe.training.optimizer.items()
        if value and key in ("kind", "learning_rate", "momentum", "nesterov")
    }
)
print("batch size", recipe.training.batch_size, "- first weights", recipe.model.kernel_initializer)
