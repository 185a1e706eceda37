"""Small tables in many files, for the tests of streaming."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.recipe import RecipeConfig


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Numbers, categories, a date, gaps, two targets."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "a": random.normal(3.0, 2.0, rows).astype("float32"),
        "b": random.gamma(2.0, 5.0, rows),
        "gappy": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
        "town": random.choice(["Bonn", "Ulm", "Köln", "Trier"], rows, p=[0.5, 0.3, 0.15, 0.05]),
        "code": random.integers(0, 30, rows).astype(str),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, rows), unit="D"),
        "who": random.integers(0, max(rows // 5, 2), rows),
    })  # fmt: skip
    frame["price"] = frame["a"] * 2.0 + (frame["town"] == "Ulm") + random.normal(size=rows)
    frame["kind"] = np.where(frame["price"] > 6, "dear", "cheap")
    return frame


def in_files(frame: pd.DataFrame, folder: Path, rows: int, kind: str = "parquet", group: int | None = None) -> Path:
    """Write a folder of files with so many rows each; a Parquet file has row groups of ``group`` rows."""
    folder.mkdir()
    for number, start in enumerate(range(0, len(frame), rows)):
        part = frame.iloc[start : start + rows]
        if kind == "csv":
            part.to_csv(folder / f"{number:03d}.csv", index=False)
        else:
            part.to_parquet(folder / f"{number:03d}.parquet", row_group_size=group or rows)
    return folder


def recipe(folder: Path, **sections: Any) -> dict[str, Any]:
    """A recipe over such a folder; ``data`` and ``training`` are added to what stands there."""
    kind = "csv" if any(folder.glob("*.csv")) else "parquet"
    data = {"source": {"kind": kind, "path": str(folder)}, "stream": True, "split": "order", "ignore": ["who", "kind"],
            **sections.pop("data", {})}  # fmt: skip
    training = {"epochs": 2, "batch_size": 16, "callbacks": {"progress": False}, **sections.pop("training", {})}
    return {
        "name": "streamed",
        "data": data,
        "targets": {"price": {"task": "regression"}},
        "preprocessing": {"numeric": {"missing": "mean"}},
        "model": {"kind": "sequential", "hidden_units": [8]},
        "training": training,
        "evaluation": {"plots": False, "bootstrap": 100},
        **sections,
    }


def config(folder: Path, **sections: Any) -> RecipeConfig:
    """The same, validated."""
    from nnrecipes.config.load import load_config

    return load_config(recipe(folder, **sections)).config
