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


def _sd(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


WORKS: dict[str, Callable[[Path, int], list[Row]]] = {}


def main() -> None:
    options = arguments("The figures of the recipe zoo.", list(WORKS))
    rows: list[Row] = []
    for name in options.only:
        rows += WORKS[name](options.data.resolve(), options.seeds)
    finish(rows, options.json)


if __name__ == "__main__":
    main()
