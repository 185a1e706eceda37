# %% [markdown]
# # A recommender
#
# Who liked what is a table of two columns: a user, an item. From it a model learns which items go together, and a
# *recommendation* is the items with the highest scores that the user does not have yet. Here are books and readers
# that were drawn by a known law, so that we can see what the model found; the recipes `recommender_movielens_100k`
# and `recommender_movielens_1m` are the same with films.

# %%
# %matplotlib inline
import tempfile

import matplotlib.pyplot as plt
import numpy as np

import nnrecipes as nn
from nnrecipes.data.synthetic_interactions import GENRES, readings

runs = tempfile.mkdtemp()
quiet = {"training.callbacks.progress": False, "evaluation.plots": False}
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"

# %% [markdown]
# ## The data
#
# 600 readers, 240 books of eight genres. Every reader has a taste, eight numbers that sum to 1; most love one or two
# genres. Within a genre a few books are read by many, most by few.

# %%
drawn = readings(seed=11)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
for reader in range(4):
    left.plot(range(8), drawn.taste[reader], marker="o", label=f"reader r{reader + 1:03d}")
left.set_xticks(range(8), GENRES, rotation=45)
left.set_title("Tastes of four readers")
left.legend(fontsize=7)
right.bar(range(240), np.sort(np.bincount(drawn.item, minlength=240))[::-1], color=BLUE)
right.set_title("Readers of each book, most read first")
plt.show()

# %% [markdown]
# The model never sees tastes or genres: only who read what.
#
# ## Train
#
# The default is a *blend* of two models. **EASE** predicts every book from all others by ridge regression, in closed
# form: one matrix, no epochs. **Mult-DAE** is a denoising autoencoder: it gets a history of which half was left out,
# and has to give probability to all of it. Their scores are standardised and added.
#
# How do we know that it works? By *strong generalisation*: a tenth of the readers is held out altogether. Of each we
# show the model 80 % of the books and ask whether the other 20 % come high in its list.

# %%
run = nn.train("recommender_synthetic", quiet, runs_dir=runs)
scored = run.metrics["ranking"]
for name in ("ndcg@100", "recall@20", "recall@50"):
    rivals = {label: round(values[name], 3) for label, values in scored["baselines"].items()}
    print(f"{name}: {scored['metrics'][name]['value']:.3f}", rivals)
print(scored["verdict"])

# %%
run.plot_ranking()

# %% [markdown]
# Recall@20 is the share of the hidden books among the first 20 (of at most 20); NDCG@100 counts a hit the more the
# higher it stands. Popularity, the same list for everybody, is the rival that costs nothing; EASE is the one that is
# hard to beat, on this table and on many real ones. Always print the rival.
#
# ## Recommend
#
# A user of training is named by its id:

# %%
reader = run.vocabulary.users[7]
seen = run.vocabulary.histories[7].indices
print(reader, "has read", run.vocabulary.titles[seen[:12]].tolist(), "and more")
run.recommend(reader, k=8)

# %% [markdown]
# **A new user is just a history.** Nothing is trained again: the model maps histories to scores, whoever they belong
# to. With the history of a known reader the list is the same, book for book.

# %%
same = run.recommend(history=run.vocabulary.items[seen].tolist(), k=8)
print("the same list:", same.equals(run.recommend(reader, k=8)))
run.recommend(history=["b001", "b002", "b003"], k=5)

# %% [markdown]
# Why is the first one there? An explanation takes each book out of the history and looks how far the score falls:

# %%
first = run.recommend(history=["b001", "b002", "b003"], k=1)["item"][0]
run.explain(first, history=["b001", "b002", "b003"])

# %% [markdown]
# Somebody without a history gets the most popular books, and is told so:

# %%
nobody = run.recommend(history=[], k=3)
print(run.notices[0])
nobody

# %% [markdown]
# ## Books like a book
#
# The network has a row of weights for each book, in its first and in its last layer. Books with like rows are read by
# like people. The titles begin with the genre, which the model was never told:

# %%
popular = run.vocabulary.items[int(np.argmax(run.vocabulary.counts))]
print("like", run.vocabulary.titles[run.vocabulary.codes([popular])[0]])
run.similar_items(popular, k=8, min_users=20)

# %%
frequent = run.vocabulary.items[run.vocabulary.counts >= 30]
table = np.zeros((8, 8))
for item in frequent:
    own = GENRES.index(run.vocabulary.titles[run.vocabulary.codes([item])[0]].split()[0])
    for title in run.similar_items(item, k=5, min_users=20)["title"]:
        table[own, GENRES.index(title.split()[0])] += 1
table /= np.maximum(table.sum(axis=1, keepdims=True), 1)
figure, axes = plt.subplots(figsize=(4.6, 4))
image = axes.imshow(table, cmap="Blues", vmin=0, vmax=1)
axes.set_xticks(range(8), GENRES, rotation=60)
axes.set_yticks(range(8), GENRES)
axes.set_title("Genre of a book (row) and of the five most like it", fontsize=9)
figure.colorbar(image, shrink=0.8)
plt.show()
print(f"of the same genre: {np.trace(table) / np.maximum((table.sum(axis=1) > 0).sum(), 1):.0%}, by chance 12 %")

# %% [markdown]
# ## Users like a user
#
# The network's *code* of a history is a short vector. Readers with like codes should have like tastes; here we know
# the tastes, and can look.

# %%
tastes = drawn.taste[[int(user[1:]) - 1 for user in run.vocabulary.users]]
near = run.similar_users(reader, k=5)
codes = run.vocabulary.codes(near["user"].tolist(), "users")
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(range(8), tastes[codes].T, color=GREY, alpha=0.6)
axes.plot(range(8), tastes[7], color=ORANGE, linewidth=2.5, label=reader)
axes.set_xticks(range(8), GENRES, rotation=45)
axes.set_title("Taste of a reader, and of the five most like it (grey)")
axes.legend()
plt.show()

# %% [markdown]
# ## Against the truth
#
# Nobody can do better than to rank by the probabilities from which the readings were drawn. How near are we?


# %%
def mean_probability(lists: dict[str, list[str]]) -> float:
    """Mean true probability of the recommended books."""
    return float(
        np.mean([
            drawn.truth(np.array([int(user[1:]) - 1]))[0][[int(item[1:]) - 1 for item in items]].mean()
            for user, items in lists.items()
        ])
    )  # fmt: skip


users = run.vocabulary.users[:100]
ours = {user: run.recommend(user, k=10)["item"].tolist() for user in users}
best, chance = {}, {}
for place, user in enumerate(users):
    truth = drawn.truth(np.array([int(user[1:]) - 1]))[0]
    owned = {int(item[1:]) - 1 for item in run.vocabulary.items[run.vocabulary.histories[place].indices]}
    left = [item for item in np.argsort(-truth) if item not in owned]
    best[user] = [f"b{item + 1:03d}" for item in left[:10]]
    chance[user] = [f"b{item + 1:03d}" for item in np.random.default_rng(place).permutation(left)[:10]]
for name, lists in (("at random", chance), ("recommended", ours), ("the best possible", best)):
    print(f"{name}: mean probability of a recommended book {mean_probability(lists):.4f}")

# %% [markdown]
# ## At the command line
#
# ```sh
# nnrecipes train recommender_synthetic
# nnrecipes recommend latest --user r008 -k 10
# nnrecipes recommend latest --history "b001,b002,b003"
# nnrecipes similar latest --item b001
# nnrecipes recommend latest --users histories.csv -k 20 --out lists.csv
# ```
#
# ## Try
#
# - `model.kind`: `ease`, `item_knn`, `mult_dae`, `mult_vae` alone. Which one beats the blend?
# - `data.split: {kind: weak}`: the readers are known, some of their books are hidden. Are the scores higher?
# - Recommend with `deny=` the ten most popular books: what happens to `novelty@10`?
