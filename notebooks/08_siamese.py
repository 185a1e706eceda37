# %% [markdown]
# # Siamese networks: is it the same?
#
# A classifier names one of the classes that it was trained on. But often the classes of tomorrow are not those of
# today: a door has to know a face that it saw once, a shop wants the picture that is most like this one. Then a network
# learns not *what* a picture is, but *how alike* two pictures are.

# %%
# %matplotlib inline
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import nnrecipes as nn
from nnrecipes.data.synthetic_symbols import symbols
from nnrecipes.evaluation.plots.similarities import plot_similarities
from nnrecipes.evaluation.verification import unit_rows
from nnrecipes.training.startup import start_tensorflow

start_tensorflow()
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)

runs = tempfile.mkdtemp()
quiet = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.bootstrap": 300}
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"

# %% [markdown]
# ## The data: many symbols, a few drawings of each
#
# 70 symbols, each drawn ten times, by hands that turn, shift and miss. Each row below is one symbol.

# %%
images, numbers = symbols()
figure, panels = plt.subplots(5, 10, figsize=(9, 4.6))
for row in range(5):
    for column in range(10):
        panels[row, column].imshow(images[10 * row + column], cmap="gray")
        panels[row, column].axis("off")
plt.show()

# %% [markdown]
# ## The model: one encoder, twice
#
# Both pictures go through *the same* encoder, which makes a vector of length 1 of each. The output is their cosine: 1
# where the vectors point the same way. `build_siamese` returns this as a plain Keras model; both sides share every
# weight:

# %%
face = nn.InputSpec("drawing", "image", ("image",), row_shape=(24, 24, 1))
pair = nn.build_siamese(inputs=[face], branches={"drawing": {"kind": "conv", "filters": (16, 32, 64)}})
encoder = pair.get_layer("encoder")
print("inputs:", [tensor.name for tensor in pair.inputs], "| output:", pair.layers[-1].name)
print(f"weights of the pair {pair.count_params():,}, of the encoder alone {encoder.count_params():,}")

# %% [markdown]
# ## Losses over pairs
#
# With $s$ the cosine of two rows and $d = \sqrt{2 - 2s}$ their distance:
#
# | loss | what it asks for |
# |---|---|
# | `contrastive` | the same: $d$ small; another: $d$ at least a margin |
# | `triplet`, batch-hard | the farthest of the same nearer than the nearest other, by a margin |
# | `pair_crossentropy` | $\sigma(a (s - b))$ is the probability of "the same" |
# | `supervised_contrastive` | among all other rows of the batch, find those of the same symbol: a softmax |
#
# A pair costs two passes. A batch of 80 rows has 3,160 pairs for 80 passes, so all of these losses take the pairs
# *within a batch*; `rows_together: 5` sees to it that five drawings of a symbol stand side by side in an epoch's
# order, so that every batch has pairs of both kinds.
#
# ## The split is by identity
#
# A test on new drawings of old symbols would be a test of memory. `split: {kind: group, column: label}` puts all
# drawings of a symbol into one set. A recipe whose sets share symbols is refused:

# %%
try:
    nn.train("siamese_symbols", {**quiet, "data.split": "random"}, runs_dir=runs)
except nn.DataError as error:
    print(str(error).splitlines()[0][:203], "...")

# %% [markdown]
# ## Train
#
# The recipe learns on 46 symbols (here for 25 epochs of its 40) and is scored once on 16 that it never saw.

# %%
run = nn.train("siamese_symbols", {**quiet, "training.epochs": 25}, runs_dir=runs)
scored = run.metrics["label"]
rows = {name: {metric: value["value"] for metric, value in scored["metrics"].items()} for name in ["network"]}
print(scored["verdict"])
pd.DataFrame({**rows, **scored["baselines"]}).T.round(3)

# %% [markdown]
# - **ROC AUC**: how often a pair of one symbol has a higher cosine than a pair of two.
# - **Equal error rate**: put the threshold where as many pairs of two symbols are accepted as pairs of one refused.
# - **One-shot accuracy**: show *one* drawing of each of the 16 symbols, and name all others by the nearest. Chance is
#   1/16.
#
# `raw_cosine` compares the pixels; `whitened_pca` and `lda` are the "Eigenfaces" and "Fisherfaces" of the nineties, and
# strong on small data. Always print the rival.

# %%
everything = pd.DataFrame({"image": list(images)})
vectors = run.embed(everything)
files = pd.DataFrame({"label": [f"{number:02d}" for number in numbers]})
unseen = ~files["label"].isin(run.spec.targets[0].classes).to_numpy()
raw = images[unseen].reshape(unseen.sum(), -1).astype(float)
plot_similarities(numbers[unseen], vectors[unseen], title="Symbols that training never saw", others={"pixels": raw})

# %% [markdown]
# On the left, the two kinds of pairs; where they overlap, errors begin.
#
# ## Embed, compare, search
#
# `run.embed(rows)` gives the vectors, `run.similarity(a, b)` the cosines of pairs, `run.search(query, k)` the nearest
# of the recipe's own rows. On the command line they are `nnrecipes embed`, `similarity` and `search`.

# %%
first, second, other = (everything.iloc[[place]] for place in (690, 695, 540))
print(f"the same symbol: {run.similarity(first, second)[0]:.2f}, another: {run.similarity(first, other)[0]:.2f}, "
      f"threshold of the validation rows: {scored['threshold']['value']:.2f}")  # fmt: skip
run.search(first, k=5)

# %%
queries = [5, 305, 695]
figure, panels = plt.subplots(3, 7, figsize=(9, 4))
for row, query in enumerate(queries):
    cosines = vectors @ vectors[query]
    order = [place for place in np.argsort(-cosines) if place != query][:6]
    for column, place in enumerate([query, *order]):
        axes = panels[row, column]
        axes.imshow(images[place], cmap="gray")
        axes.set(xticks=[], yticks=[])
        right = column == 0 or numbers[place] == numbers[query]
        axes.set_title(
            "query" if column == 0 else f"{cosines[place]:.2f}", fontsize=8, color=GREEN if right else ORANGE
        )
plt.show()

# %% [markdown]
# Green: the same symbol.
#
# ## A map of symbols it never saw
#
# The vectors of eight unseen symbols, on their two main axes. Nobody told the network that these symbols exist.

# %%
some = np.unique(numbers[unseen])[:8]
chosen = np.isin(numbers, some)
figure, panels = plt.subplots(1, 2, figsize=(10, 4))
for axes, (name, points) in zip(panels, (("pixels", images.reshape(len(images), -1) / 255.0), ("vectors", vectors)),
                                strict=True):  # fmt: skip
    centred = unit_rows(points[chosen] - points[chosen].mean(axis=0))
    axes_of = np.linalg.svd(centred, full_matrices=False)[2][:2]
    flat = centred @ axes_of.T
    for symbol in some:
        axes.scatter(*flat[numbers[chosen] == symbol].T, s=22, label=f"{symbol:02d}")
    axes.set(title=name, xticks=[], yticks=[])
panels[1].legend(fontsize=7, title="symbol")
plt.show()

# %% [markdown]
# ## When it fails: collapse
#
# The batch-hard triplet loss looks at the *hardest* pairs only. At the start these all say the same: move together. If
# the network listens too well, all vectors become one, every distance is 0, and the loss stays at the margin, 0.2:

# %%
collapsed = nn.train("siamese_symbols", {**quiet, "targets.label.loss": "triplet", "training.epochs": 6}, runs_dir=runs)
print("losses of the epochs:", np.round(collapsed.history["loss"], 3))
some_cosines = collapsed.similarity(everything.iloc[:50], everything.iloc[350:400])
print(f"cosine of drawings of two symbols: {some_cosines.mean():.3f}")

# %% [markdown]
# A loss that sits at its margin is the sign. Losses that look at *all* pairs do not have the trouble, which is why
# `supervised_contrastive` is the default.
