"""Every shipped recipe, over several seeds: the figures of the recipes' headers, of the README and of docs/zoo.md.

    python benchmarks/recipes.py [--json FILE] [--only NAMES] [--seeds 3] [--data DIR] [--store]

Recipes whose data neither ship nor lie in ``DIR`` are skipped with a word. ``--store`` puts what was measured into
``configs/zoo.json``, where it takes the place of older measurements of the same recipes, and writes ``docs/zoo.md``.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from public_data import overrides_of
from rows import Row, arguments, finish

import nnrecipes as nn
from nnrecipes.config.shipped import offline_recipe_names, recipe_names, shipped
from nnrecipes.zoo import headlines, zoo_page

QUIET = {"training.callbacks.progress": False, "evaluation.plots": False}


def main() -> None:
    store = "--store" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--store"]
    options = arguments("Every shipped recipe.", recipe_names())
    rows: list[Row] = []
    for name in options.only:
        offline = name in offline_recipe_names()
        overrides = {} if offline else overrides_of(name, options.data.resolve())
        if overrides is None:
            print(f"{name}: skipped, its data are not in {options.data}", file=sys.stderr)
            continue
        entry = measure(name, overrides, options.seeds)
        if store:
            keep(name, entry)
        rows += rows_of(name, entry)
    finish(rows, options.json)


def measure(name: str, overrides: dict[str, Any], seeds: int) -> dict[str, Any]:
    """Train and score a run a seed; what :class:`nnrecipes.zoo.Entry` holds."""
    scores, seconds = [], []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            begun = time.process_time()
            run = nn.train(name, {**QUIET, **overrides, "seed": seed}, runs_dir=folder)
            seconds.append(time.process_time() - begun)
            scores.append(run.metrics)
            provenance = run.provenance
    data = provenance["data"]["origin"]
    return {
        "data": Path(data).name if "/" in data else data,
        "rows": sum(len(rows) if isinstance(rows, list) else rows for rows in provenance["rows"].values()),
        "parameters": provenance["parameters"],
        "seeds": seeds,
        "cpu_seconds": round(float(np.mean(seconds)), 1),
        "figures": [figure(scores, *headline) for headline in headlines(scores[0])],
    }


def figure(scores: list[Any], part: str, task: str, metric: str) -> dict[str, Any]:
    """Mean and spread of one metric, and the means of the baselines."""
    values = [score[part]["metrics"][metric]["value"] for score in scores]
    beside: dict[str, list[float]] = {}
    for score in scores:
        for peer, found in (score[part].get("baselines") or {}).items():
            if found.get(metric) is not None:
                beside.setdefault(peer, []).append(found[metric])
    return {
        "part": part,
        "task": task,
        "metric": metric,
        "mean": float(np.mean(values)),
        "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        "baselines": {peer: float(np.mean(found)) for peer, found in beside.items()},
    }


def rows_of(name: str, entry: dict[str, Any]) -> list[Row]:
    """A row a figure, and one a baseline."""
    rows = []
    for found in entry["figures"]:
        metric = f"{found['part']}_{found['metric']}"
        rows.append(Row(name, metric, found["mean"], found["sd"], entry["seeds"], None, entry["cpu_seconds"]))
        rows += [Row(name, f"{metric}_{peer}", value, None, entry["seeds"], peer)
                 for peer, value in found["baselines"].items()]  # fmt: skip
    return rows


def keep(name: str, entry: dict[str, Any]) -> None:
    """Put an entry into the stored measurements and write the page of them."""
    path = shipped("configs") / "zoo.json"
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    stored = {key: value for key, value in {**stored, name: entry}.items() if key in recipe_names()}
    path.write_text(json.dumps(dict(sorted(stored.items())), indent=1) + "\n", "utf-8")
    (path.parents[1] / "docs/zoo.md").write_text(zoo_page(), "utf-8")


if __name__ == "__main__":
    main()
