# %% [markdown]
# # Several inputs, one network
#
# A Sequential model is one pipe. The functional API joins pipes: each input has a branch of its own, the branches
# meet, and what stands behind the join sees all of them at once. Here a network is wired by hand, `build_multimodal`
# wires the same one, a recipe trains it on listings with a table, a photo and a text, and in the end the question is
# settled when that is worth it: one joint network, or the average of one network for each input? Both are recipes,
# `multimodal_cars` and `multimodal_cars_average`.

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import nnrecipes as nn
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import keras

runs = Path(tempfile.mkdtemp())
quiet = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.baselines": False}
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"

# %% [markdown]
# ## By hand
#
# `keras.Input` makes a placeholder, a layer that is called on one makes the next, and `keras.Model` is told where the
# pipes begin and end. Numbers pass a Dense layer; a category becomes a vector of its own by an Embedding, a table
# with a row a level.

# %%
numbers = keras.Input((3,), name="numbers")
city = keras.Input((1,), dtype="int32", name="city")
left = keras.layers.Dense(16, activation="relu")(numbers)
right = keras.layers.Flatten()(keras.layers.Embedding(10, 4)(city))
joined = keras.layers.Concatenate()([left, right])
hidden = keras.layers.Dense(8, activation="relu")(joined)
price = keras.layers.Dense(1, name="price")(hidden)
by_hand = keras.Model({"numbers": numbers, "city": city}, price)
print(
    f"{by_hand.count_params()} weights: 3·16 + 16 of the numbers, 10·4 of the city, 20·8 + 8 and 8 + 1 behind the join"
)

# %% [markdown]
# The builder takes what a recipe knows - names and forms of the inputs, heads - and returns the same plain Keras
# model.

# %%
built = nn.build_multimodal(
    inputs=[
        nn.InputSpec("numbers", "tabular", ("area", "rooms", "age")),
        nn.InputSpec("city", "categorical", ("city",), (10,)),
    ],
    outputs=[nn.Head("price")],
    branches={"numbers": {"kind": "dense", "hidden_units": (16,)}, "city": {"kind": "dense", "embedding_dim": 4}},
    trunk_units=(8,),
)
print(type(built).__name__, built.count_params(), "weights")

# %% [markdown]
# ## Table, photo and text
#
# The shipped listings of used cars were made so that the inputs need each other: spots on a photo cost money only
# where the description calls them dents, and a sporty trim pays only on a red car. One listing in fifteen has no
# photo, one in twelve no text; the network learns what to assume then.

# %%
cars = {**quiet, "training.epochs": 20, "training.callbacks.early_stopping": None}
joint = nn.train("multimodal_cars", cars, runs_dir=runs)
branches = {
    "table": {"kind": "tabular", "columns": ["brand", "fuel", "age_years", "mileage_km", "power_kw"]},
    "photo": {"kind": "image", "columns": ["photo"], "folder": "shipped:used_cars.zip"},
    "description": {"kind": "text", "columns": ["description"], "min_count": 3},
}


def alone(name):
    """The same recipe with one input."""
    model = {**joint.config.model.model_dump(), "join": "concatenate"}
    model["branches"] = {name: model["branches"][name]}
    return nn.train("multimodal_cars", {**cars, "inputs": {name: branches[name]}, "model": model}, runs_dir=runs)


separate = {name: alone(name) for name in branches}
average = nn.train("multimodal_cars_average", cars, runs_dir=runs)  # ensemble_of: inputs, one network an input
found = {"joint": joint, "average": average, **separate}
tests = {name: pd.read_csv(run.path / "predictions.csv") for name, run in found.items()}
true = tests["joint"]["price_eur"]
assert all((table["row_id"] == tests["joint"]["row_id"]).all() for table in tests.values())  # the same test rows
answers = {name: table["predicted_price_eur"] for name, table in tests.items()}
logarithms = sum(np.log(answers[name]) for name in separate) / len(separate)
difference = np.abs(np.log(answers["average"]) - logarithms).max()
print(f"the recipe's average and that of the three runs differ by {difference:.3f} at most, in logarithms")


def r2(truth, predicted):
    return 1 - np.mean((truth - predicted) ** 2) / np.var(truth)


scores = {name: r2(true, answer) for name, answer in answers.items()}
for name, score in scores.items():
    print(f"{name:<12} R² {score:6.3f}")

# %% [markdown]
# The joint network is far ahead of the average of the three, and ahead of each of them. Averages shrink: a network
# that sees only the photo has to answer near the mean price, and drags the good answer of the table there as well.
#
# ## When it matters, and when it does not
#
# Three little worlds with two inputs $a$ and $b$ and one target $y$ tell why. The noise is the same in each.
#
# | world | target | what it needs |
# |---|---|---|
# | redundant | $a$ and $b$ are two noisy views of $y$ | either input; both lessen the noise |
# | additive | $y = f(a) + g(b)$ | both, but not together |
# | interaction | $y = a \cdot b$ | both together: neither alone tells anything |

# %%
rng = np.random.default_rng(0)
n = 2400


def world(kind):
    a, b = rng.normal(size=(2, n))
    if kind == "redundant":
        y = rng.normal(size=n)
        a, b = y + 0.7 * rng.normal(size=n), y + 0.7 * rng.normal(size=n)
    elif kind == "additive":
        y = np.sin(2 * a) + np.abs(b) - 0.8
    else:
        y = a * b
    return pd.DataFrame({"a": a, "b": b, "y": y + 0.2 * rng.normal(size=n)})


def network(frame, *columns):
    """Test rows and answers of a network that sees these columns, an input each."""
    recipe = {
        "name": "world",
        "data": {"source": {"kind": "arrays"}, "split": {"test": 400, "validation": 400}},
        "targets": {"y": {"task": "regression"}},
        "inputs": {column: {"kind": "tabular", "columns": [column]} for column in columns},
        "model": {"kind": "multimodal", "trunk_units": [32, 16]},
        "training": {"epochs": 25, "batch_size": 32, "optimizer": {"kind": "adam", "learning_rate": 0.005}},
    }
    run = nn.train(recipe, quiet, data=frame, runs_dir=runs)
    table = pd.read_csv(run.path / "predictions.csv")
    return table["y"], table["predicted_y"]


table = {}
for kind in ("redundant", "additive", "interaction"):
    frame = world(kind)
    truth, together = network(frame, "a", "b")
    only_a, only_b = network(frame, "a")[1], network(frame, "b")[1]
    table[kind] = {"a alone": r2(truth, only_a), "b alone": r2(truth, only_b),
                   "average of both": r2(truth, (only_a + only_b) / 2), "joint": r2(truth, together)}  # fmt: skip
table = pd.DataFrame(table).T
print(table.round(3).to_string())

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), width_ratios=(1, 1.5))
names = ["table", "photo", "description", "average", "joint"]
axes[0].barh(names, [scores[name] for name in names], color=[GREY, GREY, GREY, ORANGE, BLUE])
axes[0].set(title="used cars", xlabel="R² of the test rows", xlim=(min(0, *scores.values()), 1))
place = np.arange(3)
colours = (GREY, GREEN, ORANGE, BLUE)
for shift, (name, colour) in enumerate(zip(table.columns, colours, strict=True)):
    axes[1].bar(place + 0.2 * shift - 0.3, table[name], 0.19, label=name, color=colour)
axes[1].set_xticks(place, table.index)
axes[1].set(title="three worlds", ylabel="R² of the test rows")
axes[1].axhline(0, color="black", lw=0.6)
axes[1].legend(frameon=False, ncols=2)
figure.tight_layout()
plt.show()

# %% [markdown]
# - **Redundant** inputs: the average is nearly as good as the joint network, since it lessens the noise of two views.
#   It also keeps working when one input fails.
# - **Additive** parts: each network explains its part and calls the other one noise. The average takes half of each,
#   so it halves what both know. The joint network adds.
# - **Interaction**: alone, each input tells nothing, and no average of nothing helps.
#
# So average networks that know the same, and join inputs that know different things. An ensemble of *seeds*
# (`training.ensemble: 5`) is the first case: its members see the same rows and err in different places.

# %%
import shutil

shutil.rmtree(runs)
