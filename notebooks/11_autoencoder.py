# %% [markdown]
# # Autoencoders: compression and embeddings
#
# An *autoencoder* is a network whose target is its own input. That would be easy, if there were not a narrow place in
# its middle: the *code*, a few numbers through which everything has to pass. The half before it is the *encoder*, the
# half behind it the *decoder*. Nobody needs labels for that.

# %%
# %matplotlib inline
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import nnrecipes as nn

runs = tempfile.mkdtemp()
quiet = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.bootstrap": 100}
bunch = load_digits()
digits, labels = np.rint(bunch.images * 255 / 16).astype("uint8"), bunch.target.astype(str)
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"

# %% [markdown]
# ## The classic net
#
# On handwritten digits of 28 x 28 pixels the textbook net is 784-128-64-32-64-128-784: ReLU everywhere, a sigmoid at
# the end, binary cross-entropy.

# %% [markdown]
# Here are smaller digits, 8 x 8 pixels, in codes of 8 numbers: 64 pixels become 8 numbers and 64 pixels again. The
# recipe's label is never shown to the network; it only scores and colours the codes.

# %%
classic = nn.train("dense_autoencoder_digits_classic", {**quiet, "training.epochs": 30}, runs_dir=runs)
better = nn.train("dense_autoencoder_digits", {**quiet, "training.epochs": 30}, runs_dir=runs)
better.plot_reconstructions(digits[better.provenance["rows"]["test"]], count=10)

# %% [markdown]
# The textbook net itself, as the builder makes it by default:

# %%
model = nn.build_dense_autoencoder()
print(f"{model.count_params():,} parameters")
for layer in model.layers:
    if hasattr(layer, "units"):
        print(f"{layer.name:12} {layer.units}")

# %% [markdown]
# ## The rival
#
# *Principal components* are the best **linear** code of the same length, and cost one matrix decomposition. An
# autoencoder that does not beat them is a slow PCA, so they stand beside every score.

# %%
rows = {}
for name, run in (("classic", classic), ("better", better)):
    scored = run.metrics["reconstruction"]
    rows[name] = {metric: entry["value"] for metric, entry in scored["metrics"].items()}
    rows["PCA"] = scored["baselines"]["pca"]
    print(f"{name}: {scored['verdict']}")
pd.DataFrame(rows).T.round(4)

# %% [markdown]
# What is better about the second net? Its code is *linear*: a ReLU code can only say 0 or more, and a unit at 0 for
# all rows is lost. BatchNormalization, GELU and a learning rate that falls along a cosine do the rest. Both networks
# have the same widths.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3))
for panel, (name, run), colour in zip(axes, (("classic", classic), ("better", better)), (GREY, BLUE), strict=True):
    codes = run.index.codes
    panel.bar(range(1, codes.shape[1] + 1), codes.std(axis=0), color=colour)
    dead = int((codes.std(axis=0) < 1e-6).sum())
    panel.set_title(f"{name}: spread of each number of the code, {dead} dead", fontsize=9)
plt.show()

# %% [markdown]
# ## How long a code?
#
# The longer, the better the pictures; with 64 numbers nothing would have to be left out. What a network can do and PCA
# cannot shows in short codes; after these few epochs, PCA has caught up at 16 numbers.

# %%
lengths = (2, 4, 16)
errors, of_pca = [], []
for length in lengths:
    changes = {"model.latent_dim": length, "training.epochs": 10}
    run = nn.train("dense_autoencoder_digits", {**quiet, **changes}, runs_dir=runs)
    errors.append(run.metrics["reconstruction"]["metrics"]["mse"]["value"])
    of_pca.append(run.metrics["reconstruction"]["baselines"]["pca"]["mse"])
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(lengths, errors, marker="o", color=BLUE, label="autoencoder")
axes.plot(lengths, of_pca, marker="s", color=ORANGE, label="PCA")
axes.set_xlabel("numbers in the code")
axes.set_ylabel("mean squared error")
axes.legend()
plt.show()

# %% [markdown]
# ## The code as an embedding
#
# Digits that look alike have codes that lie near each other, although no label was ever seen. On a map of the codes
# (their first two principal components) the classes come apart:

# %%
better.plot_map()

# %% [markdown]
# So a simple model on 8 numbers does nearly what it does on all 64. `knn_accuracy`: the ten nearest training codes
# vote; `linear_accuracy`: logistic regression; `nmi`: how well as many clusters as classes agree with them.

# %%
code = better.metrics["code"]
found = {"codes (8)": {name: entry["value"] for name, entry in code["metrics"].items()},
         "PCA (8)": code["baselines"]["pca"], "pixels (64)": code["baselines"]["rows"]}  # fmt: skip
pd.DataFrame(found).T.round(3)

# %% [markdown]
# ## What does a number of the code mean?
#
# Decode the mean code, change one of its numbers at a time, and look:

# %%
better.plot_traversal([0, 1, 2, 3], steps=9)

# %% [markdown]
# ## At the command line
#
# ```sh
# nnrecipes train dense_autoencoder_digits
# nnrecipes encode latest --data photos/ --out codes.csv
# ```
#
# ## Try
#
# - `model.kind: variational_autoencoder`: its codes are close to a standard normal distribution. What does
#   `run.decode(numpy.random.normal(size=(10, 16)))` look like?
# - `model.tied_weights: true`: the decoder's weights are the encoder's. What does that cost?
# - `tabular_autoencoder`: rows of numbers and categories; the loss of each column fits its kind.
