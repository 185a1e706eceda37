# %% [markdown]
# # A first recipe
#
# A recipe is one YAML file that says where the rows come from, what is predicted, and which network is trained
# how. `nn.train` turns it into a *run*: a trained network, its score on rows it has never seen, and a folder that
# keeps both.

# %%
# %matplotlib inline
import tempfile

import pandas as pd

import nnrecipes as nn
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # it would say that many networks in one session cost time
runs = tempfile.mkdtemp()  # where this notebook keeps its runs; `runs/` in the current folder if you say nothing

# %% [markdown]
# ## Train
#
# `iris_multi_output` comes with the package. From three measurements of an iris, one network predicts two things
# at once: the width of its petals (a number) and its species (a class). The recipe asks for 150 epochs of small
# steps; *overrides* change that to 30 epochs of larger ones without touching the file.

# %%
run = nn.train(
    "iris_multi_output",
    overrides={
        "training.epochs": 30,
        "training.optimizer.learning_rate": 0.01,
        "training.callbacks.progress": False,
    },
    runs_dir=runs,
    notify=print,
)

# %% [markdown]
# A run shows itself as a table. Every number is measured on the test rows, which neither the training nor the
# choice of the best epoch has seen. The interval says how far the number might move with other test rows, and the
# baselines say what you get without a network: always the mean or the most frequent class, and a linear model.

# %%
run

# %% [markdown]
# The last lines are worth reading first: on a table this small a straight line is hard to beat.

# %%
for scores in run.metrics.values():
    print(scores["verdict"])

accuracy = run.metrics["species"]["metrics"]["accuracy"]
print(f"accuracy {accuracy['value']:.3f}, 95 % interval {accuracy['low']:.3f} to {accuracy['high']:.3f}")

# %% [markdown]
# ## Look at the training
#
# The loss of both outputs, and the metrics, epoch by epoch. The dotted line is the best epoch, whose weights the
# run keeps.

# %%
run.plot_history()

# %%
run.plot_model()

# %% [markdown]
# ## Predict
#
# New flowers come as a DataFrame with raw columns. The run does to them what it did to the training rows. The
# target columns are not needed, the order of rows is kept, and extra columns are ignored.

# %%
flowers = pd.DataFrame(
    {
        "note": ["found by the lake", "from the garden", "in the wood"],
        "sepal_length": [5.1, 6.0, 6.9],
        "sepal_width": [3.5, 2.7, 3.1],
        "petal_length": [1.4, 4.5, 5.4],
    }
)
answers = run.predict(flowers)
answers.round(3)

# %% [markdown]
# A column that is missing is an error that says so, not a guess.

# %%
try:
    run.predict(flowers.drop(columns="petal_length"))
except nn.DataError as error:
    print(error)

# %% [markdown]
# ## Come back later
#
# Everything is in the run's folder: the recipe with every default written out, the network, what was learnt about
# the columns, the numbers and the plots. `load_run` takes the folder, the beginning of the run's id, or `latest`.

# %%
again = nn.load_run("latest", runs_dir=runs)
assert again.predict(flowers).equals(answers)

print(sorted(file.name for file in again.path.iterdir()))
print("learning rate:", again.config.training.optimizer["learning_rate"])

# %% [markdown]
# `run.model` is a plain Keras model. Nothing of this package is needed to use it elsewhere.

# %%
print(type(run.model).__module__, "-", f"{run.model.count_params():,} parameters")

# %% [markdown]
# ## Change the recipe
#
# Overrides reach every key of the recipe, at any depth. Here: a smaller network.

# %%
small = nn.train(
    "iris_multi_output",
    overrides={
        "model.hidden_units": [8],
        "training.optimizer.learning_rate": 0.01,
        "training.epochs": 30,
        "training.callbacks.progress": False,
        "evaluation.plots": False,
    },
    runs_dir=runs,
)
table = [
    {
        "parameters": r.model.count_params(),
        "petal width, MAE in cm": r.metrics["petal_width"]["metrics"]["mae"]["value"],
        "species, accuracy": r.metrics["species"]["metrics"]["accuracy"]["value"],
    }
    for r in (run, small)
]
pd.DataFrame(table, index=["16 and 32 units", "8 units"]).round(3)

# %% [markdown]
# ## When a key is misspelt
#
# A recipe is checked as a whole before anything is trained: every problem has a line of its own, with the place,
# what was expected, what was received, and the nearest right name. `nn.check` does only that; it takes a moment,
# because a check does not need TensorFlow.

# %%
try:
    nn.check("iris_multi_output", overrides={"training.epoch": 40})
except nn.ConfigError as error:
    print(error)

# %%
recipe = {
    "data": {"source": {"kind": "sklearn", "name": "iris"}, "features": ["sepal_length", "petal_lenght"]},
    "targets": {"species": {"los": "sparse_categorical_crossentropy"}},
    "model": {"kind": "sequential", "hidden_units": [16, -8]},
}
try:
    nn.check(recipe)
except nn.ConfigError as error:
    print(error)

# %% [markdown]
# ## Your own rows
#
# A recipe may be a dictionary, and the rows may come from Python. These are 1,200 fishing trips, made by a
# generator in the package, with categories, dates and missing values. How missing values are filled has to be
# said; nothing is filled in silence.

# %%
from nnrecipes.data.synthetic import harbour_trips

trips = harbour_trips()
trips.head()

# %%
harbour = {
    "name": "harbour",
    "targets": {"catch_kg": {"task": "regression", "metrics": ["mae"]}},
    "preprocessing": {"numeric": {"missing": "median"}, "categorical": {"missing": "indicator"}},
    "model": {"kind": "sequential", "hidden_units": [32, 32]},
    "training": {
        "epochs": 15,
        "batch_size": 64,
        "optimizer": {"kind": "adam", "learning_rate": 0.01},
        "callbacks": {"early_stopping": {"patience": 8}, "progress": False},
    },
    "evaluation": {"plots": False},
}
trip_run = nn.train(harbour, data=trips, runs_dir=runs, notify=print)
print(trip_run.metrics["catch_kg"]["verdict"])

# %% [markdown]
# ## Your own model
#
# Any Keras model takes the place of the recipe's `model` section, and gets the same rows, preprocessing, training
# and run folder. It needs one output for each target. This one is not compiled, so the recipe's loss and optimizer
# are used; one that is compiled keeps its own.

# %%
import keras

keras.utils.set_random_seed(0)
columns = trip_run.spec.inputs[0].features  # after encoding: harbour=Aldern, ..., departure_year, ..., hours, ...
inputs = keras.Input((len(columns),))
hidden = keras.layers.Dense(32, activation="gelu")(inputs)
hidden = keras.layers.add(
    [hidden, keras.layers.Dense(32, activation="gelu")(hidden)]
)  # a shortcut round the second layer
mine = keras.Model(inputs, keras.layers.Dense(1)(hidden))

own_run = nn.train(
    {key: value for key, value in harbour.items() if key != "model"}, data=trips, model=mine, runs_dir=runs
)
for name, r in {"the recipe's": trip_run, "my own": own_run}.items():
    scores = r.metrics["catch_kg"]
    print(f"{name:12} RMSE {scores['metrics']['rmse']['value']:.1f} kg on {scores['rows']} test rows")

# %% [markdown]
# All runs of this notebook, oldest first:

# %%
for r in nn.list_runs(runs):
    print(f"{r.config.name:20} {r.provenance['parameters']:6,} parameters {r.provenance['updates']:6,} updates")
