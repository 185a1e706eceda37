"""Rows beyond memory: a folder of Parquet files through the whole of ``nn.train``, at two sizes, each in a new process.

``rows_per_second`` is training rows over the wall time of an epoch behind the first one, its validation included;
``rss_growth`` the largest resident memory of the process at 20 million rows over that at 5 million, after as many
epochs. Files hold a million rows of 12 float32 columns each;
they lie in a temporary folder and go when it is done.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rows import Row

MILLION = 1_000_000
COLUMNS = 12  # eleven features and the target
SMALL, LARGE = 5, 20  # millions of rows
EPOCHS = 4


def write_files(folder: Path, first: int, last: int) -> None:
    """Write files number ``first`` up to ``last``, a million rows each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(exist_ok=True)
    for number in range(first, last):
        random = np.random.default_rng(number)
        columns = random.standard_normal((COLUMNS, MILLION), dtype="float32")
        columns[-1] += columns[0] * columns[1] + np.abs(columns[2])
        table = pa.table({f"x{i}": values for i, values in enumerate(columns)})
        pq.write_table(table, folder / f"{number:03d}.parquet", row_group_size=250_000)


def recipe(folder: Path) -> dict[str, Any]:
    return {
        "name": "stream",
        "data": {"source": {"kind": "parquet", "path": str(folder)}, "stream": True},
        "targets": {f"x{COLUMNS - 1}": {"task": "regression"}},
        "model": {"kind": "sequential", "hidden_units": [64, 32]},
        "training": {"epochs": EPOCHS, "batch_size": 1024, "callbacks": {"progress": False}},
        "evaluation": {"plots": False, "bootstrap": 100},
    }


def train(folder: Path) -> dict[str, Any]:
    """Train in this process; seconds of each epoch, and its memory in MiB."""
    from nnrecipes.training.startup import start_tensorflow

    start_tensorflow()
    import keras

    import nnrecipes as nn

    class Clock(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.times: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.times.append(time.perf_counter())

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.times[-1] = time.perf_counter() - self.times[-1]

    started, clock = time.perf_counter(), Clock()
    with tempfile.TemporaryDirectory() as runs:
        run = nn.train(recipe(folder), callbacks=[clock], runs_dir=runs)
        rows, trainer = run.provenance["rows"]["train"], run.provenance["trainer"]
    return {"rows": rows, "trainer": trainer, "epochs": clock.times, "whole": time.perf_counter() - started,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10}  # fmt: skip


def measure_stream(turns: int = 1) -> list[Row]:
    """Print and return what is measured; a turn is one run at each size."""
    found: dict[int, list[dict[str, Any]]] = {SMALL: [], LARGE: []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "parquet"
        for _ in range(turns):
            for millions in found:
                write_files(folder, len(list(folder.glob("*"))) if folder.is_dir() else 0, millions)
                for spare in sorted(folder.glob("*.parquet"))[millions:]:
                    spare.unlink()
                command = [sys.executable, __file__, str(folder)]
                answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
                found[millions].append(json.loads(answer.splitlines()[-1]))
                _print(millions, found[millions][-1])
    rates = [run["rows"] / statistics.median(run["epochs"][1:]) for run in found[LARGE]]
    memory = {millions: statistics.median(run["memory"] for run in runs) for millions, runs in found.items()}
    return [
        Row("stream", "rows_per_second", statistics.median(rates), seeds=turns),
        Row("stream", "rss_growth", memory[LARGE] / memory[SMALL], seeds=turns),
    ]


def _print(millions: int, run: dict[str, Any]) -> None:
    epochs = ", ".join(f"{seconds:.1f}" for seconds in run["epochs"])
    print(f"stream, {millions} million rows: epochs of {epochs} s by {run['trainer']}, the whole run "
          f"{run['whole']:.0f} s, {run['memory']:.0f} MiB", flush=True)  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(train(Path(sys.argv[1]))))
