# %% [markdown]
# # A neuron and a network by hand
#
# A neural network is a formula with numbers in it that are learnt. This notebook writes the formula, its loss and
# its gradient in numpy, trains it, and checks every gradient against Keras.
#
# The flowers are Fisher's irises: 150 of them, two measurements each, three species.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_iris

iris = load_iris()
x = iris.data[:, 2:]  # petal length and width in cm, (150, 2)
x = (x - x.mean(axis=0)) / x.std(axis=0)  # small numbers around 0 learn faster; notebook 02 says why
virginica = (iris.target == 2).astype(float)  # 1 for virginica, 0 for the other two, (150,)
versicolor = (iris.target == 1).astype(float)

fig, ax = plt.subplots(figsize=(5.5, 3.6))
for species, (name, colour) in enumerate(zip(iris.target_names, ["#0072B2", "#E69F00", "#009E73"], strict=True)):
    ax.scatter(*x[iris.target == species].T, s=18, color=colour, label=name)
ax.set(xlabel="petal length, scaled", ylabel="petal width, scaled", title="150 irises")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Forward: from a row to a probability
#
# One neuron multiplies each input by a weight, adds a bias, and squeezes the sum $z$ into a probability $p$
# between 0 and 1 with the sigmoid function:
#
# $$z = x_1 w_1 + x_2 w_2 + b \qquad p = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# With weights of 0 it knows nothing and says 0.5 to every flower.


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def neuron(x, w, b):
    return sigmoid(x @ w + b)  # (rows, 2) @ (2,) -> (rows,)


w, b = np.zeros(2), 0.0
neuron(x, w, b)[:5]

# %% [markdown]
# ## Loss: one number that says how wrong
#
# The binary cross-entropy is small when the true answer gets a high probability:
#
# $$L = -\frac{1}{n} \sum_i \big[\, y_i \log p_i + (1 - y_i) \log (1 - p_i) \,\big]$$
#
# A neuron that always says 0.5 has the loss $\log 2 = 0.693$.


# %%
def cross_entropy(y, p):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


print(f"loss at the start: {cross_entropy(virginica, neuron(x, w, b)):.3f}")

# %% [markdown]
# ## Chain rule: which way to turn each weight
#
# The loss depends on $p$, $p$ on $z$, and $z$ on the weights. The chain rule multiplies the three slopes:
#
# $$\frac{\partial L}{\partial w} = \frac{\partial L}{\partial p} \cdot \frac{\partial p}{\partial z} \cdot
# \frac{\partial z}{\partial w}
# \qquad \frac{\partial L}{\partial p} = \frac{p - y}{n\,p\,(1 - p)} \qquad \frac{\partial p}{\partial z} = p\,(1 - p)
# \qquad \frac{\partial z}{\partial w} = x$$
#
# Two factors cancel. What is left is *error times input*; for the bias, whose input is 1, it is the mean error:
#
# $$\frac{\partial L}{\partial w} = \frac{1}{n} \sum_i (p_i - y_i)\, x_i
# \qquad \frac{\partial L}{\partial b} = \frac{1}{n} \sum_i (p_i - y_i)$$


# %%
def neuron_gradient(x, y, w, b):
    error = (neuron(x, w, b) - y) / len(y)  # dL/dz, (rows,)
    return x.T @ error, error.sum()  # dL/dw (2,), dL/db


by_hand = neuron_gradient(x, virginica, w, b)
by_hand

# %% [markdown]
# A slope can be measured without any calculus: move one weight a little, and see how the loss changes.

# %%
step = 1e-6
for k, slope in enumerate(by_hand[0]):
    more, less = w.copy(), w.copy()
    more[k] += step
    less[k] -= step
    rise = cross_entropy(virginica, neuron(x, more, b)) - cross_entropy(virginica, neuron(x, less, b))
    print(f"weight {k}: by the chain rule {slope:.6f}, measured {rise / (2 * step):.6f}")
    assert np.isclose(slope, rise / (2 * step))

# %% [markdown]
# ## Gradient descent: small steps downhill
#
# The gradient points uphill. So each weight takes a step the other way; the length of the step is the learning
# rate.


# %%
def train_neuron(x, y, steps=300, learning_rate=1.0):
    w, b, losses = np.zeros(2), 0.0, []
    for _ in range(steps):
        dw, db = neuron_gradient(x, y, w, b)
        w, b = w - learning_rate * dw, b - learning_rate * db
        losses.append(cross_entropy(y, neuron(x, w, b)))
    return w, b, losses


w, b, losses = train_neuron(x, virginica)
accuracy = np.mean((neuron(x, w, b) > 0.5) == virginica)
print(
    f"virginica or not: loss {losses[-1]:.3f}, {accuracy:.1%} of the flowers right; weights {w.round(2)}, bias {b:.2f}"
)

# %% [markdown]
# ## What one neuron cannot do
#
# A neuron splits the plane by one straight line. Virginica lies at one end of the cloud, and a line is enough.
# Versicolor lies in the *middle*: no line has it on one side and the other two species on the other.

# %%
w_mid, b_mid, losses_mid = train_neuron(x, versicolor, steps=1000)
accuracy_mid = np.mean((neuron(x, w_mid, b_mid) > 0.5) == versicolor)
print(f"versicolor or not: loss {losses_mid[-1]:.3f}, {accuracy_mid:.1%} of the flowers right")
print(f"always saying no: {1 - versicolor.mean():.1%}")

# %% [markdown]
# ## A network by hand
#
# Put four neurons side by side, each with its own line, and one neuron on top that combines their answers. In place
# of the sigmoid the four use $\tanh$, which runs from -1 to 1:
#
# $$H = \tanh(X W_1 + b_1) \qquad z = H w_2 + b_2 \qquad p = \sigma(z)$$

# %%
rng = np.random.default_rng(1)
start = {"w1": rng.normal(size=(2, 4)), "b1": np.zeros(4), "w2": rng.normal(size=(4, 1)), "b2": np.zeros(1)}
y = versicolor[:, None]  # (150, 1)


def network(x, weights):
    hidden = np.tanh(x @ weights["w1"] + weights["b1"])  # (rows, 4)
    return hidden, sigmoid(hidden @ weights["w2"] + weights["b2"])  # (rows, 4), (rows, 1)


# %% [markdown]
# The chain rule again, one layer at a time from the end to the start. That is all that *backpropagation* is:
#
# * at the output the error is $(p - y) / n$, as for one neuron;
# * $w_2$ gets error times *its* input, which is $H$;
# * the error travels back through $w_2$, and through the slope of $\tanh$, which is $1 - H^2$;
# * $W_1$ gets that error times *its* input, which is $X$.


# %%
def network_gradient(x, y, weights):
    hidden, p = network(x, weights)
    error2 = (p - y) / len(y)  # dL/dz, (rows, 1)
    error1 = (error2 @ weights["w2"].T) * (1 - hidden**2)  # back to the hidden sums, (rows, 4)
    return {
        "w1": x.T @ error1,
        "b1": error1.sum(axis=0),
        "w2": hidden.T @ error2,
        "b2": error2.sum(axis=0),
    }


weights, curve = dict(start), []
for _ in range(1000):
    gradient = network_gradient(x, y, weights)
    weights = {name: weights[name] - 1.0 * gradient[name] for name in weights}
    curve.append(cross_entropy(y, network(x, weights)[1]))
right = np.mean((network(x, weights)[1] > 0.5) == y)
print(f"versicolor or not, with four hidden neurons: loss {curve[-1]:.3f}, {right:.1%} right")

# %%
grid = np.stack(np.meshgrid(np.linspace(-2, 2, 200), np.linspace(-2, 2, 200)), axis=-1)  # (200, 200, 2)
answers = {
    "one neuron": neuron(grid.reshape(-1, 2), w_mid, b_mid),
    "four hidden neurons": network(grid.reshape(-1, 2), weights)[1],
}
no_to_yes = LinearSegmentedColormap.from_list("no to yes", ["#56B4E9", "white", "#E69F00"])
fig, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
for ax, (name, p) in zip(axes, answers.items(), strict=False):
    area = ax.pcolormesh(
        grid[..., 0], grid[..., 1], p.reshape(200, 200), cmap=no_to_yes, vmin=0, vmax=1, rasterized=True
    )
    ax.contour(grid[..., 0], grid[..., 1], p.reshape(200, 200), levels=[0.5], colors="black", linewidths=1)
    for yes, colour, label in ((0, "#0072B2", "other species"), (1, "#D55E00", "versicolor")):
        ax.scatter(*x[versicolor == yes].T, s=18, color=colour, edgecolors="white", linewidths=0.5, label=label)
    ax.set(title=name, xlabel="petal length, scaled", ylabel="petal width, scaled")
axes[0].legend(loc="upper left", fontsize=8)
fig.colorbar(area, ax=axes[:2], label="probability of versicolor")
axes[2].plot(losses_mid, label="one neuron")
axes[2].plot(curve, label="four hidden neurons")
axes[2].set(title="gradient descent", xlabel="steps", ylabel="loss")
axes[2].legend(frameon=False)
plt.show()

# %% [markdown]
# ## The same in Keras
#
# Keras knows the chain rule of every layer, so nobody has to write it down. With the same starting weights its
# gradients must be ours. (`float64` makes Keras as exact as numpy, and `from_logits=True` means that the loss
# applies the sigmoid itself.)

# %%
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import keras
import tensorflow as tf


def keras_network(weights):
    model = keras.Sequential(
        [
            keras.Input((2,), dtype="float64"),
            keras.layers.Dense(4, activation="tanh", dtype="float64"),
            keras.layers.Dense(1, dtype="float64"),
        ]
    )
    model.set_weights(list(weights.values()))
    return model


def keras_gradient(model, x, y):
    loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
    with tf.GradientTape() as tape:
        value = loss(y, model(x))
    return [gradient.numpy() for gradient in tape.gradient(value, model.trainable_weights)]


for moment, at in (("at the start", start), ("after training", weights)):
    theirs = keras_gradient(keras_network(at), x, y)
    ours = network_gradient(x, y, at)
    for mine, yours in zip(ours.values(), theirs, strict=True):
        assert np.allclose(mine, yours, rtol=1e-9, atol=1e-12)
    apart = max(np.abs(mine - yours).max() for mine, yours in zip(ours.values(), theirs, strict=True))
    assert apart < 1e-12
    print(f"{moment}: {sum(g.size for g in theirs)} gradients, all equal to ours to 12 decimals")

# %% [markdown]
# One neuron is a `Dense` layer of one unit. Its gradients agree as well.

# %%
single = keras.Sequential([keras.Input((2,), dtype="float64"), keras.layers.Dense(1, dtype="float64")])
single.set_weights([np.zeros((2, 1)), np.zeros(1)])
dw, db = keras_gradient(single, x, virginica[:, None])
assert np.allclose(dw[:, 0], by_hand[0])
assert np.allclose(db[0], by_hand[1])
print("Keras:  ", dw[:, 0].round(6), db.round(6))
print("by hand:", by_hand[0].round(6), by_hand[1].round(6))

# %% [markdown]
# And `fit` is our loop: plain gradient descent (`SGD`) with all 150 rows in each batch ends at our weights.

# %%
model = keras_network(start)
model.compile(
    optimizer=keras.optimizers.SGD(1.0), loss=keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
)
model.fit(x, y, epochs=100, batch_size=150, shuffle=False, verbose=0)

mine = dict(start)
for _ in range(100):
    gradient = network_gradient(x, y, mine)
    mine = {name: mine[name] - 1.0 * gradient[name] for name in mine}
for name, theirs in zip(mine, model.get_weights(), strict=True):
    assert np.allclose(mine[name], theirs, rtol=1e-5, atol=1e-6)
print("after 100 steps, the weights on top:", mine["w2"][:, 0].round(4))
print("and those of Keras:                 ", model.get_weights()[2][:, 0].round(4))

# %% [markdown]
# That is the whole machine: forward, loss, chain rule, a small step, again. Everything else, from here on, is
# about what goes in (notebook 02), when to stop and how long the steps are (notebook 03), and how to write it all
# down as a recipe (notebook 01).
