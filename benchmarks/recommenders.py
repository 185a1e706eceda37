"""Recommenders on MovieLens-100K (DIR/ml-100k/ml-100k.inter and .item) and at the size of 200,000 x 100,000.

python benchmarks/recommenders.py [--data DIR] [--json FILE] [--only NAMES] [--seeds 3]

topn, topn_network: strong generalisation, the shipped recipe and the network that is in it, alone; rating_item,
rating_user: AutoRec; similar_items: mean Jaccard index of genres, films with 50 positives or more against their ten
nearest among all films (and among such films); scale: drawn readings, an epoch with the sampled softmax against dense
batches and the full one.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rows import Row, arguments, finish

import nnrecipes as nn

WORKS = ("topn", "topn_network", "rating_item", "rating_user", "similar_items", "scale")
QUIET = {"training.callbacks.progress": False, "evaluation.plots": False}
NETWORK = {"model": {"kind": "mult_dae", "hidden_units": [200], "dropout": 0.5}, "training.ensemble": 1}
USER = {"model.based": "user", "model.residuals": True, "model.dropout": 0.0, "model.l2": 0.002}
OTHERS = ("map@10", "mrr", "hit_rate@10", "coverage@10", "novelty@10", "popularity@10", "gini@10")
USERS, ITEMS, BATCH, DRAWN, DENSE_STEPS = 200_000, 100_000, 200, 2_000, 2


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        print(json.dumps(globals()[sys.argv[2]](*sys.argv[3:])))
        return
    options = arguments("Recommenders: MovieLens-100K, and a large synthetic table.", WORKS)
    folder = options.data / "ml-100k"
    rows: list[Row] = []
    for work in options.only:
        if work == "scale":
            rows += scale(folder)
        elif not (folder / "ml-100k.inter").is_file():
            print(f"{work}: skipped, as {folder / 'ml-100k.inter'} is not there (wheel of recbole 1.2.1)")
        elif work == "similar_items":
            rows += similar_items(folder, options.seeds)
        elif work.startswith("rating"):
            rows += ratings(work, folder, options.seeds)
        else:
            rows += top_n(work, folder, options.seeds)
    finish(rows, options.json)


def files(folder: Path) -> dict[str, Any]:
    return {
        "data.interactions.source.path": str(folder / "ml-100k.inter"),
        "data.items.source.path": str(folder / "ml-100k.item"),
    }


def trained(recipe: str, folder: Path, seed: int, changes: dict[str, Any], use: Any) -> Any:
    with tempfile.TemporaryDirectory() as runs:
        return use(nn.train(recipe, {**files(folder), **QUIET, **changes, "seed": seed}, runs_dir=runs))


def summarise(work: str, metric: str, values: list[float], peer: str | None = None, cpu: float | None = None) -> Row:
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Row(work, metric, float(np.mean(values)), sd, len(values), peer, cpu)


def top_n(work: str, folder: Path, seeds: int) -> list[Row]:
    """The recipe, or the network alone that is in its blend."""
    runs = [shipped(folder, seed) for seed in range(seeds)]
    cpu = float(np.mean([run["provenance"]["fit_cpu_seconds"] for run in runs]))
    rows = []
    for metric in ("ndcg@100", "recall@20", "recall@50"):
        blend = [run["ranking"]["metrics"][metric]["value"] for run in runs]
        alone = [run["ranking"]["baselines"]["network"][metric] for run in runs]
        rows.append(summarise(work, metric, alone if work == "topn_network" else blend, None, cpu))
        for rival in ("popularity", "item_knn", "ease"):
            theirs = [run["ranking"]["baselines"][rival][metric] for run in runs]
            rows.append(summarise(work, f"{metric}_{rival}", theirs, rival))
    if work == "topn":
        for metric in OTHERS:
            rows.append(summarise(work, metric, [run["ranking"]["metrics"][metric]["value"] for run in runs]))
    return [*rows, summarise(work, "fit_seconds", [run["provenance"]["fit_seconds"] for run in runs])]


@cache
def shipped(folder: Path, seed: int) -> dict[str, Any]:
    """What is measured of one run of the shipped recipe; three works are of the same runs."""
    table = pd.read_csv(folder / "ml-100k.item", sep="\t", dtype=str, keep_default_na=False)
    genres = {row.iloc[0]: set(row.iloc[3].split()) for _, row in table.iterrows()}
    return dict(trained("recommender_movielens_100k", folder, seed, {}, lambda run: {
        "ranking": run.metrics["ranking"], "provenance": run.provenance, "jaccard": jaccard(run, genres)}))  # fmt: skip


def ratings(work: str, folder: Path, seeds: int) -> list[Row]:
    changes = USER if work == "rating_user" else {}
    runs = [trained("autorec_movielens_100k", folder, seed, changes, lambda run: (run.metrics["rating"],
            run.provenance)) for seed in range(seeds)]  # fmt: skip
    cpu = float(np.mean([provenance["fit_cpu_seconds"] for _, provenance in runs]))
    return [
        summarise(work, "rmse", [scored["metrics"]["rmse"]["value"] for scored, _ in runs], None, cpu),
        summarise(work, "rmse_biases", [scored["baselines"]["biases"]["rmse"] for scored, _ in runs], "biases"),
    ]


def similar_items(folder: Path, seeds: int) -> list[Row]:
    found = [shipped(folder, seed)["jaccard"] for seed in range(seeds)]
    return [
        summarise("similar_items", "genre_jaccard", [every for every, _ in found]),
        summarise("similar_items", "genre_jaccard_among_frequent", [frequent for _, frequent in found]),
    ]


def jaccard(run: Any, genres: dict[str, set[str]]) -> tuple[float, float]:
    """Mean over films with 50 positives or more: their ten nearest among all films, and among such films."""
    frequent = run.vocabulary.items[run.vocabulary.counts >= 50]

    def mean(least: int) -> float:
        return float(np.mean([
            len(genres[film] & genres[other]) / max(1, len(genres[film] | genres[other]))
            for film in frequent for other in run.similar_items(film, k=10, min_users=least)["item"]
        ]))  # fmt: skip

    return mean(1), mean(50)


def scale(folder: Path) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        log = str(Path(place) / "readings.parquet")
        drawn = worker("draw", log)
        ours, dense = worker("sampled_epoch", log, place), worker("dense_steps", log)
    ratio = ours["epoch_cpu_seconds"] / dense["epoch_cpu_seconds"]
    peer = f"dense batches, full softmax: {dense['epoch_cpu_seconds']:.0f} CPU s, from {DENSE_STEPS} steps"
    rows = [
        Row("scale", "interactions", drawn["rows"]),
        Row("scale", "rss_gb", ours["rss_gb"]),
        Row("scale", "epoch_cpu_seconds", ours["epoch_cpu_seconds"], cpu_seconds=ours["epoch_cpu_seconds"]),
        Row("scale", "cpu_ratio_to_dense", ratio, peer=peer),
        Row("scale", "ndcg@100", ours["ndcg"]),
        Row("scale", "ndcg@100_popularity", ours["popularity"], peer="popularity"),
        Row("scale", "recommend_10000_users_seconds", ours["recommend_seconds"]),
    ]
    if (folder / "ml-100k.inter").is_file():
        rows += sampling_loss(folder)
    return rows


def sampling_loss(folder: Path) -> list[Row]:
    """NDCG on MovieLens with the same share of items in an update's softmax, and with all, network alone, three seeds.

    A batch of the large table and the items drawn beside it have 8.5 % of its items. On MovieLens a batch of two users
    and as large a share drawn (2 %) have 9.6 %; both trainings have such batches, so that they differ in nothing else.
    """
    same = {**NETWORK, "training.batch_size": 2, "training.epochs": 20, "training.optimizer.learning_rate": 0.0003,
            "evaluation.baselines": False}  # fmt: skip
    sampled = {**same, "training.full_softmax_items": 1, "training.sampled_items": round(1413 * DRAWN / ITEMS)}
    values = {}
    for name, changes in (("full", same), ("sampled", sampled)):
        values[name] = [
            trained("recommender_movielens_100k", folder, seed, changes,
                    lambda run: run.metrics["ranking"]["metrics"]["ndcg@100"]["value"])
            for seed in range(3)
        ]  # fmt: skip
    loss = [full - sampled for full, sampled in zip(values["full"], values["sampled"], strict=True)]
    return [summarise("scale", "movielens_ndcg@100_sampled", values["sampled"]),
            summarise("scale", "movielens_ndcg@100_loss", loss)]  # fmt: skip


def worker(name: str, *words: str) -> dict[str, float]:
    """Run one part in a process of its own, so that memory and CPU time are its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--worker", name, *words], check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def draw(log: str) -> dict[str, float]:
    from nnrecipes.data.synthetic_interactions import readings

    drawn = readings(users=USERS, items=ITEMS, per_user=50.0, genres=40, taste=0.1, seed=1)
    pd.DataFrame({"user": drawn.user, "item": drawn.item}).to_parquet(log)
    return {"rows": float(len(drawn.user))}


def sampled_epoch(log: str, runs: str) -> dict[str, float]:
    recipe = {
        "name": "scale",
        "data": {
            "interactions": {"source": {"kind": "parquet", "path": log}},
            "split": {"kind": "strong", "test": 500, "validation": 200},
        },
        "model": {"kind": "mult_dae", "hidden_units": [128]},
        "training": {"epochs": 2, "batch_size": BATCH, "sampled_items": DRAWN,
                     "callbacks": {"checkpoint": None, "early_stopping": None}},
    }  # fmt: skip
    timer = _EpochTimer()
    run = nn.train(recipe, QUIET, callbacks=[timer.callback()], runs_dir=runs)
    began = time.perf_counter()
    count = sum(len(frame) for frame in run.recommend_all(run.vocabulary.users[:10_000], k=10))
    assert count == 100_000, count
    scored = run.metrics["ranking"]
    return {
        "epoch_cpu_seconds": timer.seconds[-1],
        "recommend_seconds": time.perf_counter() - began,
        "ndcg": scored["metrics"]["ndcg@100"]["value"],
        "popularity": scored["baselines"]["popularity"]["ndcg@100"],
        "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


class _EpochTimer:
    """CPU seconds of each epoch with the scoring of its validation users; the last one has no tracing in it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def callback(self) -> Any:
        import keras

        seconds = self.seconds

        class Timer(keras.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
                self.began = time.process_time()

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                seconds.append(time.process_time() - self.began)

            def get_state(self) -> dict[str, Any]:
                return {}

            def set_state(self, state: Any) -> None:
                pass

        return Timer()


def dense_steps(log: str) -> dict[str, float]:
    """What a plain Keras model takes for a step on dense batches with the softmax over all items, times the steps."""
    import keras

    table = pd.read_parquet(log)
    inputs = keras.Input((ITEMS,))
    noisy = keras.layers.Dropout(0.5)(keras.layers.UnitNormalization()(inputs))
    hidden = keras.layers.Dense(128, activation="tanh")(noisy)
    model = keras.Model(inputs, keras.layers.Dense(ITEMS)(hidden))
    model.compile("adam", loss=lambda truth, scores: -keras.ops.sum(truth * keras.ops.log_softmax(scores), axis=-1))
    edges = np.searchsorted(table["user"], np.arange(USERS + 1))

    def batch(start: int) -> np.ndarray:
        dense = np.zeros((BATCH, ITEMS), np.float32)
        for row in range(BATCH):
            dense[row, table["item"].to_numpy()[edges[start + row] : edges[start + row + 1]]] = 1.0
        return dense

    rows = batch(0)
    model.train_on_batch(rows, rows)
    began = time.process_time()
    for _ in range(DENSE_STEPS):
        model.train_on_batch(rows, rows)
    return {"epoch_cpu_seconds": (time.process_time() - began) / DENSE_STEPS * (USERS / BATCH)}


if __name__ == "__main__":
    main()
