"""The work ``california`` of ``benchmarks/tuning.py``: the ``good`` preset, tuned within ten minutes of processor time.

The search begins with the preset's own values and leaves time for its finalists, which are trained once more on other
divisions of training and validation rows. Slices of it may run in processes of their own (``STUDY`` names the folder of
the runs, which the next one goes on with); what all have used of the processor counts, finalists included.
"""

import json
import os
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from public_data import overrides_of

import nnrecipes as nn
from nnrecipes.tuning.tune import Search

MINUTES = 10
FINALISTS, REDRAWS = 3, 3
QUIET = {"training.callbacks.progress": False, "evaluation.plots": False}
SPACE = {
    "training.optimizer.learning_rate": {"loguniform": [0.02, 0.1]},
    "training.optimizer.weight_decay": {"loguniform": [0.005, 0.1]},
    "model.dropout": {"choice": [0.05, 0.1, 0.15]},
    "preprocessing.numeric.quantile_bins": {"choice": [48, 96]},
}


class EnoughError(Exception):
    """The processor time is used."""


def search(data: Path, folder: str, seconds: float, slice_seconds: float) -> tuple[Any, float]:
    """Search until so much processor time is used in all, or in this slice; return the search and what was used."""
    book = Path(folder) / "used.json"
    used = json.loads(book.read_text()) if book.exists() else 0.0
    tuning = {"space": SPACE, "trials": 500, "finalists": FINALISTS, "redraws": REDRAWS}
    places = overrides_of("tabular_california", data) or {}
    begun = time.process_time()
    spent: list[float] = []
    latest = begun

    def notify(line: str) -> None:
        nonlocal latest
        print(line, flush=True)
        now = time.process_time()
        if "given up" not in line:
            spent.append(now - latest)
        latest = now
        book.write_text(json.dumps(used + now - begun))
        ahead = (FINALISTS + 1.5) * REDRAWS * statistics.median(spent or [0]) + max(spent or [0])  # a trial, too
        if used + now - begun + ahead > seconds or now - begun > slice_seconds:
            raise EnoughError

    found = Search("tabular_california", {**QUIET, **places, "tuning": tuning}, runs_dir=folder)
    with suppress(EnoughError):
        found.go(notify)
    return found, json.loads(book.read_text())


def california(data: Path, seeds: int) -> dict[str, Any]:
    """Search, then score the winner and the preset on the test rows, each with the same seeds."""
    with tempfile.TemporaryDirectory() as folder:
        folder = os.environ.get("STUDY", folder)
        found, used = search(data, folder, 60 * MINUTES, float(os.environ.get("SLICE", "inf")))
        if "SLICE" in os.environ:
            return {"cpu_seconds": used, "trials": len(found.study.counted())}
        begun = time.process_time()
        tuned = found.end(print, retrain=False, runs_dir=folder)
        used += time.process_time() - begun
        values = {} if any(row["won"] and "own" in row["finalist"] for row in tuned.finalists) else tuned.best
        trials = len(found.study.counted())
        print(f"winner {values or 'as it is'}, {trials} trials, {used:.0f} s", flush=True)
        places = {**QUIET, **(overrides_of("tabular_california", data) or {})}
        scores = []
        for seed in range(seeds):
            default = _rmse({**places, "seed": seed})
            scores.append([_rmse({**places, **values, "seed": seed}) if values else default, default])
    mean = [sum(column) / seeds for column in zip(*scores, strict=True)]
    return {
        "rmse": mean[0], "default": mean[1], "ratios": [ours / default for ours, default in scores],
        "trials": trials, "cpu_seconds": used,
    }  # fmt: skip


def _rmse(overrides: dict[str, Any]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = nn.train("tabular_california", overrides, runs_dir=folder)
        rmse = float(run.metrics["median_house_value"]["metrics"]["rmse"]["value"])
    print(f"seed {overrides['seed']}: {rmse:,.0f}", flush=True)
    return rmse
