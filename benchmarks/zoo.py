"""The figures of the recipe zoo on public data with fixed splits; everything was chosen on the validation rows.

    python benchmarks/zoo.py [--json FILE] [--only NAMES] [--seeds 3] [--data DIR]

``DIR`` holds the tables and ``splits/*.csv``. Each work is one function ``(data, seeds) -> rows``; test rows are scored
once a seed. ``cpu_seconds`` is processor time of this process, which other load on the machine does not change.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rows import Row, arguments, finish

import nnrecipes as nn

QUIET = {"training.callbacks.progress": False, "evaluation.plots": False}
Scores = Mapping[str, Any]


def trained(recipe: str | Mapping[str, Any], overrides: Mapping[str, Any], seeds: int) -> Iterator[tuple[Any, float]]:
    """Yield each seed's run and its processor time in seconds; its folder is gone when the next one begins."""
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            begun = time.process_time()
            run = nn.train(recipe, {**QUIET, **overrides, "seed": seed}, runs_dir=folder)
            yield run, time.process_time() - begun


def value_of(run: Any, target: str, metric: str) -> float:
    """A metric of the test rows."""
    return float(run.metrics[target]["metrics"][metric]["value"])


def rows_of(work: str, figures: Mapping[str, Sequence[float]], seconds: Sequence[float]) -> list[Row]:
    """A row a figure, and ``cpu_seconds``: means and standard deviations over the seeds."""
    cpu = float(np.mean(seconds))
    return [
        Row(work, metric, float(np.mean(values)), _sd(values), len(values), None, cpu)
        for metric, values in {**figures, "cpu_seconds": seconds}.items()
    ]


def _empty(*metrics: str) -> dict[str, list[float]]:
    return {metric: [] for metric in metrics}


def _sd(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def orl(data: Path, seeds: int) -> list[Row]:
    """Faces of people that training never saw; the public split names people, its file here their folders."""
    metrics, seconds, baselines = _empty("roc_auc", "eer", "one_shot_accuracy"), [], {}
    with tempfile.TemporaryDirectory() as folder:
        sets = pd.read_csv(data / "splits/orl_subjects.csv").assign(
            label=lambda rows: "s" + rows["subject"].astype(str)
        )
        sets[["label", "set"]].to_csv(Path(folder) / "sets.csv", index=False)
        overrides = {
            "data.source.path": str(data / "pairs/orl_faces.zip"),
            "data.split": {"kind": "file", "path": str(Path(folder) / "sets.csv")},
        }
        for run, cpu in trained("siamese_orl", overrides, seeds):
            for metric, values in metrics.items():
                values.append(value_of(run, "label", metric))
            seconds.append(cpu)
            baselines = run.metrics["label"]["baselines"]
    metrics["auc"] = metrics.pop("roc_auc")
    peers = [
        Row("orl", f"{name}_of_{peer}", values[metric], None, 1, peer)
        for peer, values in baselines.items()
        for name, metric in (("auc", "roc_auc"), ("eer", "eer"), ("one_shot_accuracy", "one_shot_accuracy"))
    ]
    return [*rows_of("orl", metrics, seconds), *peers]


def temperature(data: Path, seeds: int) -> list[Row]:
    """Tomorrow's extreme temperatures: one network with two heads, and beside it two networks with one each."""
    source = data / "tabular/temperature_forecast.csv"
    overrides = {
        "data.source.path": str(source),
        "data.split": {"kind": "file", "path": str(data / "splits/temperature_forecast.csv")},
    }
    heads = {"rmse_tmax": "Next_Tmax", "rmse_tmin": "Next_Tmin"}
    metrics, seconds = _empty(*heads), []
    for run, cpu in trained("multi_output_temperature", overrides, seeds):
        for metric, target in heads.items():
            metrics[metric].append(value_of(run, target, "rmse"))
        seconds.append(cpu)
        baselines = {target: run.metrics[target]["baselines"]["linear"]["rmse"] for target in heads.values()}
    rows = rows_of("temperature", metrics, seconds)
    for metric, target in heads.items():
        rows += _alone(metric, target, {**overrides, "data.ignore": ["Date", *(set(heads.values()) - {target})]}, seeds)
        rows.append(Row("temperature", f"{metric}_of_linear", baselines[target], None, 1, "linear"))
        rows.append(Row("temperature", f"{metric}_of_forecast", _forecast_rmse(data, target), None, 1, "the forecast"))
    return rows


def _alone(metric: str, target: str, overrides: Mapping[str, Any], seeds: int) -> list[Row]:
    """The same network with one head, for one of the two temperatures."""
    own = {**overrides, "targets": {target: {"task": "regression"}}}
    runs = [(value_of(run, target, "rmse"), cpu) for run, cpu in trained("multi_output_temperature", own, seeds)]
    found = rows_of("temperature", {f"{metric}_alone": [value for value, _ in runs]}, [cpu for _, cpu in runs])
    return [row for row in found if row.metric != "cpu_seconds"]


def _forecast_rmse(data: Path, target: str) -> float:
    """The error of the forecast itself on the test rows."""
    sets = pd.read_csv(data / "splits/temperature_forecast.csv").set_index("row_id")["set"]
    rows = pd.read_csv(data / "tabular/temperature_forecast.csv").loc[sets.index[sets == "test"]]
    error = rows[target] - rows[target.replace("Next", "LDAPS") + "_lapse"]
    return float(np.sqrt((error**2).mean()))


WORKS: dict[str, Callable[[Path, int], list[Row]]] = {"orl": orl, "temperature": temperature}


def main() -> None:
    options = arguments("The figures of the recipe zoo.", list(WORKS))
    rows: list[Row] = []
    for name in options.only:
        rows += WORKS[name](options.data.resolve(), options.seeds)
    finish(rows, options.json)


if __name__ == "__main__":
    main()
