"""The figures of the recipe zoo on public data with fixed splits; everything was chosen on the validation rows.

    python benchmarks/zoo.py [--json FILE] [--only NAMES] [--seeds 3] [--data DIR]

``DIR`` holds the tables and ``splits/*.csv``. Each work is one function ``(data, seeds) -> rows``; test rows are scored
once a seed. ``cpu_seconds`` is processor time of this process, which other load on the machine does not change.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from public_data import overrides_of
from rows import Row, arguments, finish

import nnrecipes as nn
from nnrecipes.config.load import load_config, resolved

SEEDS = 3
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
    """Faces of people that training never saw."""
    metrics, seconds, baselines = _empty("roc_auc", "eer", "one_shot_accuracy"), [], {}
    for run, cpu in trained("siamese_orl", overrides_of("siamese_orl", data) or {}, seeds):
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


def california(data: Path, seeds: int, preset: str) -> list[Row]:
    """Median house values of California's districts: the preset of a tabular network as it is."""
    return _tabular(f"california_{preset}", data, seeds, ("rmse", "r2"), {"model.preset": preset})


def shipping_good(data: Path, seeds: int) -> list[Row]:
    """Whether parcels arrive on time, likewise."""
    return _tabular("shipping_good", data, seeds, ("log_loss", "roc_auc", "accuracy"), {"model.preset": "good"})


def _tabular(work: str, data: Path, seeds: int, metrics: Sequence[str], overrides: Mapping[str, Any]) -> list[Row]:
    name = work.rpartition("_")[0]
    table, target = TABLES[name]
    places = {
        "data.source.path": str(data / "tabular" / table),
        "data.split": {"kind": "file", "path": str(data / f"splits/{name}.csv")},
    }
    figures, seconds, peers = _empty(*metrics), [], {}
    for run, cpu in trained(f"tabular_{name}", {**places, **overrides}, seeds):
        for metric, values in figures.items():
            values.append(value_of(run, target, metric))
        seconds.append(cpu)
        peers = run.metrics[target]["baselines"]
    others = [Row(work, f"{metric}_of_{peer}", scores[metric], None, 1, peer)
              for peer, scores in peers.items() for metric in metrics]  # fmt: skip
    return [*rows_of(work, figures, seconds), *others]


def coffee(data: Path, seeds: int) -> list[Row]:
    """Points of a coffee: the joint network, and the same without the table or without the texts."""
    places = overrides_of("multimodal_coffee", data)
    inputs, branches = _sections("multimodal_coffee")
    r2, seconds = [], []
    for run, cpu in trained("multimodal_coffee", places, seeds):
        r2.append(value_of(run, "rating", "r2"))
        seconds.append(cpu)
    singles = {}
    for name, kept in {"table": ["table"], "texts": ["words", "frequent", "name"]}.items():
        own = {**places, **_with_inputs(inputs, branches, kept)}
        singles[name] = [value_of(run, "rating", "r2") for run, _ in trained("multimodal_coffee", own, seeds)]
    best = max(singles.values(), key=np.mean)
    rows = rows_of(
        "coffee", {"r2": r2, "r2_minus_best_single": [a - b for a, b in zip(r2, best, strict=True)]}, seconds
    )
    return [*rows, *(Row("coffee", f"r2_of_{name}", float(np.mean(values)), _sd(values), seeds, name)
                     for name, values in singles.items())]  # fmt: skip


def houses(data: Path, seeds: int) -> list[Row]:
    """Prices of houses: rooms, area and zip code with four photos, against the same network without the photos.

    As 54 test rows tell little, five seeds stand in for the three of the other works.
    """
    seeds = 5 if seeds == SEEDS else seeds
    inputs, branches = _sections("multimodal_houses")
    places = overrides_of("multimodal_houses", data) or {}
    joint = [(value_of(run, "price", "rmse"), cpu) for run, cpu in trained("multimodal_houses", places, seeds)]
    del places["inputs.rooms.folder"]
    own = {**places, **_with_inputs(inputs, branches, ["table"])}
    alone = [value_of(run, "price", "rmse") for run, _ in trained("multimodal_houses", own, seeds)]
    figures = {"rmse": [value for value, _ in joint],
               "ratio_to_tabular": [value / float(np.mean(alone)) for value, _ in joint]}  # fmt: skip
    rows = rows_of("houses", figures, [cpu for _, cpu in joint])
    return [*rows, Row("houses", "rmse_of_table", float(np.mean(alone)), _sd(alone), seeds, "table alone")]


def _sections(recipe: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The recipe's inputs and branches, as plain values."""
    values = resolved(load_config(recipe).config)
    return values["inputs"], values["model"]["branches"]


def _with_inputs(inputs: Mapping[str, Any], branches: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
    """Overrides that leave a network these inputs; one input alone has nothing to lose."""
    alone = {"model.modality_dropout": 0.0} if len(kept) == 1 else {}
    return {
        "inputs": {name: inputs[name] for name in kept},
        "model.branches": {name: branches[name] for name in kept if name in branches},
        **alone,
    }


def rt_polarity(data: Path, seeds: int) -> list[Row]:
    """Whether a sentence of a film review is kind, from scratch."""
    return _public("rt_polarity", "text_polarity", "label", {"accuracy": "accuracy"}, data, seeds)


def ecg5000(data: Path, seeds: int) -> list[Row]:
    """Five kinds of heart beats, two of them rare."""
    return _public("ecg5000", "series_ecg5000", "column_1", {"macro_f1": "f1_macro"}, data, seeds)


def mnist_conv(data: Path, seeds: int) -> list[Row]:
    """Handwritten digits: the share of the 10,000 test images that is read wrongly."""
    return _public("mnist_conv", "image_mnist", "label", {"error": "accuracy"}, data, seeds)


def _public(work: str, recipe: str, target: str, names: Mapping[str, str], data: Path, seeds: int) -> list[Row]:
    figures, seconds, linear = _empty(*names), [], []
    for run, cpu in trained(recipe, overrides_of(recipe, data) or {}, seeds):
        target = target if target in run.metrics else next(iter(run.metrics))
        for name, metric in names.items():
            found = value_of(run, target, metric)
            figures[name].append(1 - found if name == "error" else found)
        seconds.append(cpu)
        peers = run.metrics[target].get("baselines") or {}
        linear += [peers["linear"][metric] for metric in names.values() if "linear" in peers]
    if work == "ecg5000":
        figures["macro_f1_minus_linear"] = [a - b for a, b in zip(figures["macro_f1"], linear, strict=True)]
    rows = rows_of(work, figures, seconds)
    first = next(iter(names))
    return (
        [*rows, Row(work, f"{first}_of_linear", float(np.mean(linear)), _sd(linear), seeds, "linear")]
        if linear
        else rows
    )


TABLES = {
    "california": ("california_housing.csv", "median_house_value"),
    "shipping": ("shipping.csv", "Reached.on.Time_Y.N"),
}
WORKS: dict[str, Callable[[Path, int], list[Row]]] = {
    "california_good": partial(california, preset="good"),
    "california_best": partial(california, preset="best"),
    "shipping_good": shipping_good,
    "coffee": coffee,
    "houses": houses,
    "rt_polarity": rt_polarity,
    "orl": orl,
    "temperature": temperature,
    "ecg5000": ecg5000,
    "mnist_conv": mnist_conv,
}


def main() -> None:
    options = arguments("The figures of the recipe zoo.", list(WORKS), SEEDS)
    rows: list[Row] = []
    for name in options.only:
        rows += WORKS[name](options.data.resolve(), options.seeds)
    finish(rows, options.json)


if __name__ == "__main__":
    main()
