# %% [markdown]
# # Codes at work: search, clusters, anomalies
#
# An autoencoder's code is a short vector for a long row. Rows with near codes are alike; rows that are rebuilt badly
# are unlike all that the network has seen. That is a search engine, a clustering and an alarm, from one network without
# labels.

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
run = nn.train("dense_autoencoder_digits", quiet, runs_dir=runs)

# %% [markdown]
# ## Search
#
# The run keeps the codes of its training rows. `nearest` looks for the ones that are closest to those of new images:

# %%
test = run.provenance["rows"]["test"]
found = run.nearest(digits[test[:4]], k=8)
figure, grid = plt.subplots(4, 9, figsize=(8, 3.8))
for query, line in enumerate(grid):
    near = found[found["query"] == query]
    for place, (axes, row) in enumerate(zip(line, [test[query], *near["row_id"]], strict=True)):
        axes.imshow(digits[row], cmap="gray")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(labels[row], fontsize=8, color="#D55E00" if place == 0 else "#222222")
grid[0, 0].set_ylabel("asked", fontsize=8)
plt.show()
found.head(3)

# %% [markdown]
# How often has a neighbour the label of the image that was asked for? Labels were not used in training.

# %%
near = run.nearest(digits[test], k=10)
right = labels[np.array(test)[near["query"]]] == near["label"]
print(f"of the same digit: {right.mean():.1%} of the ten nearest; by chance 10 %")

# %% [markdown]
# ## Clusters
#
# *k-means* on codes, ten clusters. Normalised mutual information says how much clusters and digits tell of each other:
# 0 for nothing, 1 for all.

# %%
clusters, score = run.cluster()
print(f"NMI of clusters and digits: {score:.2f}")
table = pd.crosstab(pd.Series(clusters, name="cluster"), pd.Series(run.index.labels, name="digit"))
figure, axes = plt.subplots(figsize=(4.8, 4))
axes.imshow(table.to_numpy(), cmap="Blues")
axes.set_xlabel("digit")
axes.set_ylabel("cluster")
axes.set_xticks(range(10))
axes.set_yticks(range(10))
for cluster, digit in np.argwhere(table.to_numpy() > 10):
    axes.text(digit, cluster, table.iloc[cluster, digit], ha="center", va="center", fontsize=7)
plt.show()

# %% [markdown]
# The map, once by principal components (straight, quick, keeps distances) and once by t-SNE (bent, slow, keeps
# neighbours; distances between islands mean nothing):

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 4.2))
for panel, method in zip(axes, ("pca", "tsne"), strict=True):
    points = run.map(digits[test], method=method)
    panel.scatter(points["x"], points["y"], c=bunch.target[test], cmap="tab10", s=10)
    panel.set_title(method)
    panel.set_xticks([])
    panel.set_yticks([])
plt.show()

# %% [markdown]
# ## Anomalies
#
# Now a network that has never seen a zero. `reconstruction.normal` names the classes that train; what it rebuilds badly
# is reported. The *threshold* is the error that 5 % of the validation rows exceed, all of which are normal: so about
# 5 % false alarms are to be expected.

# %%
normal = [str(digit) for digit in range(1, 10)]
watch = nn.train("dense_autoencoder_digits",
                 {**quiet, "reconstruction": {"normal": normal, "contamination": 0.05}}, runs_dir=runs)  # fmt: skip
scored = watch.metrics["anomaly"]
print(f"{scored['anomalies']} zeros among {scored['rows']} test rows; threshold {watch.threshold():.4f}")
rows = {"autoencoder": {name: entry["value"] for name, entry in scored["metrics"].items()}, **scored["baselines"]}
pd.DataFrame(rows).T.round(3)

# %%
held_out = {"image": digits[watch.provenance["rows"]["test"]], "digit": labels[watch.provenance["rows"]["test"]]}
watch.plot_errors(held_out)

# %% [markdown]
# Precision is the share of zeros among the reported rows, recall the share of zeros that are reported. An *isolation
# forest* on the pixels and the errors of PCA are the rivals, each with a threshold of its own by the same rule. A
# higher `contamination` finds more, and calls wolf more often:

# %%
truth = held_out["digit"] == "0"
shares = (0.01, 0.02, 0.05, 0.1, 0.2)
reports = [watch.anomaly_score(held_out["image"], contamination=share)["anomaly"].to_numpy() for share in shares]
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(shares, [report[truth].mean() for report in reports], marker="o", label="recall")
axes.plot(shares, [truth[report].mean() for report in reports], marker="s", label="precision")
axes.set_xlabel("contamination")
axes.legend()
plt.show()

# %% [markdown]
# ## At the command line
#
# ```sh
# nnrecipes nearest latest --data photos/ -k 5 --out like.csv
# nnrecipes anomaly latest --data photos/ --contamination 0.02 --out errors.csv
# ```
#
# ## Try
#
# - `anomaly_ecg`: heart beats, trained on normal ones alone.
# - Search with codes of length 2 and of length 32: where do neighbours get better, where worse?
# - Which digits are the easiest anomalies, which the hardest? Leave out another one.
