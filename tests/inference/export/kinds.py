"""Small recipes that between them have every scaler, encoding, policy, head, branch and layer that an export rebuilds."""

from typing import Any

import numpy as np
import pandas as pd

ROWS = 240
QUICK = {"epochs": 2, "batch_size": 32, "callbacks": {"monitor": "val_loss", "progress": False}}
SMALL = {"bootstrap": 100, "plots": False, "baselines": False}


def table() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    u, w = rng.normal(size=(2, ROWS))
    gappy = np.where(rng.random(ROWS) < 0.1, np.nan, w)
    town = rng.choice(["p", "q/r", "ß t"], ROWS).astype(object)
    town[::17] = None
    return pd.DataFrame({
        "plain": u, "year": rng.integers(1990, 2024, ROWS).astype(float), "gappy number": gappy, "skewed": np.exp(2 * w),
        "bounded": rng.random(ROWS), "ranked": rng.poisson(3, ROWS) * 0.1, "needed": u + w,
        "town": town, "grade": rng.choice(["1", "2", "10"], ROWS), "crew": rng.choice([f"c{i}" for i in range(30)], ROWS),
        "port": rng.choice([f"port {i}" for i in range(20)], ROWS), "kind": rng.choice(["a", "b"], ROWS),
        "day": pd.date_range("2021-01-01", periods=ROWS, freq="5D").strftime("%Y-%m-%d"),
        "note": [f"word{i % 7} {'Red' if x > 0 else 'blue'}, thing-{i % 3}!" for i, x in enumerate(u)],
        "title": [f"big {i % 5}" for i in range(ROWS)],
        "late": np.where(u > 0.2, "yes", "no"), "size": np.select([u > 0.5, u < -0.5], ["large", "small"], "medium"),
        "cost": 1e5 * np.exp(u), "weight": 3 * u + w, "hot": (u > 0).astype(int), "new": (w > 0).astype(int),
        **{f"step{i}": np.sin(i + u) for i in range(6)},
        **{side: list(rng.integers(0, 256, (ROWS, 6, 8)).astype(np.uint8)) for side in ("front", "back")},
        **{name: [list(map(float, line)) for line in rng.normal(size=(ROWS, 9)) + u[:, None]] for name in ("warmth", "pull")},
    })  # fmt: skip


def recipe(targets: dict[str, Any], features: list[str], **sections: Any) -> dict[str, Any]:
    return {"data": {"features": features, **sections.pop("data", {})}, "targets": targets, "training": QUICK,
            "evaluation": SMALL, **sections}  # fmt: skip


PREPROCESSING = {
    "columns": {
        "gappy number": {"missing": "indicator", "scale": "robust"},
        "skewed": {"scale": "robust_clip"},
        "bounded": {"scale": "minmax"},
        "ranked": {"scale": "quantile"},
        "needed": {"missing": "drop", "scale": "none"},
        "town": {"missing": "indicator", "encode": "one_hot"},
        "grade": {"missing": "most_frequent", "encode": "ordinal"},
        "crew": {"missing": "unknown", "encode": "target"},
        "port": {"missing": "constant", "encode": "catboost"},
        "kind": {"missing": "refuse"},
    },
    "categorical": {"target": "weight"},
}
COLUMNS = ["plain", "year", "gappy number", "skewed", "bounded", "ranked", "needed", "town", "grade", "crew", "port",
           "kind", "day"]  # fmt: skip

EVERYTHING = recipe(
    {
        "cost": {"task": "regression", "scale": "log"},
        "weight": {"task": "regression", "quantiles": [0.1, 0.5, 0.9]},
        "late": {"task": "binary", "calibration": "platt", "threshold": {"aim": "f1"}},
        "size": {"task": "multiclass", "calibration": "temperature"},
        "marks": {"task": "multilabel", "columns": ["hot", "new"]},
    },
    COLUMNS,
    data={"columns": {"grade": "categorical", "day": "date"}},
    preprocessing=PREPROCESSING,
    model={"kind": "multi_output", "hidden_units": [16], "activation": "gelu", "batch_norm": True, "dropout": 0.1},
)
TABULAR = recipe(
    {"weight": {"task": "regression"}},
    ["plain", "skewed", "town", "crew"],
    preprocessing={
        "categorical": {"missing": "indicator", "encode": "embedding"},
        "numeric": {"quantile_bins": 8},
    },
    model={"kind": "tabular", "hidden_units": [16], "members": 3},
)
QUANTILES = recipe(
    {"weight": {"task": "regression", "quantiles": [0.1, 0.5, 0.9]}}, ["plain", "skewed"],
    model={"kind": "tabular", "hidden_units": [16], "members": 2, "numeric_embedding": "periodic"},
)  # fmt: skip
ENSEMBLE = recipe(
    {"late": {"task": "binary", "activation": "softmax", "calibration": "temperature"}},
    ["plain", "town"],
    preprocessing={"categorical": {"missing": "unknown"}},
    model={"kind": "sequential", "hidden_units": [8], "activation": "mish"},
    training={**QUICK, "ensemble": 2},
)
HINGE = recipe(
    {"late": {"task": "binary", "activation": "tanh", "loss": "hinge", "calibration": "platt"}}, ["plain"],
    model={"kind": "layers", "layers": [{"kind": "Dense", "units": 4}, "LayerNormalization", {"kind": "Dropout", "rate": 0.2}]},
)  # fmt: skip
RIVALS = recipe(
    {"size": {"task": "multiclass", "activation": "sigmoid"}},
    ["plain"],
    model={"kind": "sequential", "hidden_units": [4]},
)
SERIES = {
    **recipe({"size": {"task": "multiclass"}}, [f"step{i}" for i in range(6)] + ["plain"],
             model={"kind": "multimodal", "branches": {
                 "steps": {"kind": "transformer", "width": 8, "heads": 2, "feed_forward_units": 8}}}),
    "inputs": {"steps": {"kind": "series", "columns": [f"step{i}" for i in range(6)]},
               "rest": {"kind": "tabular", "columns": ["plain"]}},
}  # fmt: skip
RECURRENT = {**SERIES, "model": {"kind": "multimodal", "branches": {"steps": {"kind": "recurrent", "units": [6]}}}}
TEXTS = {
    **recipe({"late": {"task": "binary"}}, ["note", "title", "plain"],
             model={"kind": "multimodal", "join": "gated", "join_units": 8, "branches": {
                 "words": {"kind": "conv1d", "embedding_dim": 8, "filters": [8]}, "weights": {"kind": "weighted", "units": 8}}}),
    "inputs": {"words": {"kind": "text", "columns": ["note", "title"]},
               "weights": {"kind": "text", "columns": ["note"], "form": "tfidf", "length": 3},
               "pairs": {"kind": "text", "columns": ["title"], "ngrams": 2, "split": "character"},
               "rest": {"kind": "tabular", "columns": ["plain"]}},
}  # fmt: skip
IDENTITY = recipe(
    {"crew": {"task": "identity"}}, ["plain", "bounded"], model={"kind": "siamese", "hidden_units": [8], "embedding_dim": 4},
    data={"split": {"kind": "group", "column": "crew", "test": 0.2, "validation": 0.2}},
)  # fmt: skip
IDENTITIES = {**IDENTITY, "model": {**IDENTITY["model"], "whitening": 0.5}, "training": {**QUICK, "ensemble": 2}}
PAIRS = {
    **recipe({"late": {"task": "binary"}}, ["front", "back", "plain"],
             model={"kind": "multimodal", "branches": {"photos": {"kind": "conv", "filters": [4]}}}),
    "inputs": {"photos": {"kind": "image", "columns": ["front", "back"]}, "rest": {"kind": "tabular", "columns": ["plain"]}},
}  # fmt: skip
FACES = {
    **recipe({"crew": {"task": "identity"}}, ["front"], model={"kind": "siamese", "embedding_dim": 4, "mirror": True, "branches": {
        "face": {"kind": "conv", "filters": [4]}}},
             data={"split": {"kind": "group", "column": "crew", "test": 0.2, "validation": 0.2}}),
    "inputs": {"face": {"kind": "image", "columns": ["front"], "height": 5, "width": 7}},
    "training": {**QUICK, "ensemble": 2},
}  # fmt: skip
CHANNELS = {
    **recipe({"size": {"task": "multiclass"}}, ["warmth", "pull"], model={"kind": "multimodal", "branches": {
        "beat": {"kind": "conv1d", "filters": [4]}}}),
    "inputs": {"beat": {"kind": "series", "columns": ["warmth", "pull"]}},
}  # fmt: skip
KINDS = {"identities": IDENTITIES, "pairs": PAIRS, "faces": FACES, "channels": CHANNELS, "everything": EVERYTHING, "tabular": TABULAR, "quantiles": QUANTILES, "ensemble": ENSEMBLE, "hinge": HINGE,
         "one_vs_rest": RIVALS, "series": SERIES, "recurrent": RECURRENT, "texts": TEXTS, "identity": IDENTITY}  # fmt: skip
