"""Two workers on this machine: the losses of one process, the same weights after a kill, memory that does not grow.

Each training is a command of its own, as a user types it, and its Ray cluster listens on loopback alone.

``equality``: the greatest difference between the logs of two workers and of one process with the same batches.
``recovery``: one worker is killed (SIGKILL, by its own process id) in the middle of an epoch, and the training goes on
from its last checkpoint; the greatest difference of final weights from a training that nothing disturbed. The network
has dropout and batch normalisation. ``worker_memory``: the most resident memory of a worker that streams eight million
rows over that of two million, an epoch each.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from rows import Row, arguments, finish

WORKS = ("equality", "recovery", "worker_memory")
MILLION = 1_000_000
COLUMNS = 12
SMALL, LARGE = 2, 8  # millions of rows
BATCH = 4096
LIMIT = 900.0  # seconds a training
HEAD = """\
name: {name}
data:
  source: {{kind: csv, path: rows.csv}}
targets:
  y: {{task: regression}}
  kind: {{task: binary}}
model: {{kind: multi_output, hidden_units: [32, 16], dropout: {noise}, batch_norm: {norm}}}
training:
  epochs: {epochs}
  batch_size: 16
  optimizer: {{kind: adamw, learning_rate: 0.005, weight_decay: 0.01, global_clipnorm: 1.0}}
  callbacks: {{monitor: val_loss, early_stopping: {{patience: 5}}, schedule: {{kind: cosine}}}}
evaluation: {{bootstrap: 100, plots: false, baselines: false}}
"""
STREAMED = """\
name: stream
data:
  source: {kind: parquet, path: table}
  stream: true
  split: {kind: random, test: 20000, validation: 20000}
targets: {x11: {task: regression}}
model: {kind: sequential, hidden_units: [64, 32]}
training: {epochs: 1, batch_size: 4096}
evaluation: {bootstrap: 100, plots: false, baselines: false}
"""


def write_table(folder: Path, rows: int) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(rows, 4))
    target = values[:, 0] * 2 - values[:, 1] + random.normal(size=rows) * 0.1
    kind = np.where(values[:, 2] + values[:, 3] > 0, "up", "down")
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*"abcd", "y", "kind"])
        writer.writerows([*row, y, k] for row, y, k in zip(values.tolist(), target.tolist(), kind, strict=True))


def write_files(folder: Path, first: int, last: int) -> None:
    """Write files number ``first`` up to ``last``, half a million rows each in row groups of 62,500."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(exist_ok=True)
    for number in range(first, last):
        random = np.random.default_rng(number)
        columns = random.standard_normal((COLUMNS, MILLION // 2), dtype="float32")
        columns[-1] += columns[0] * columns[1] + np.abs(columns[2])
        table = pa.table({f"x{i}": values for i, values in enumerate(columns)})
        pq.write_table(table, folder / f"{number:03d}.parquet", row_group_size=62_500)


class Training:
    """``nnrecipes train`` in a session of its own.

    Args:
        folder: Where it runs, with its recipe.
        name: Of the recipe, and of the folder of its runs.
        words: Of the command.
    """

    def __init__(self, folder: Path, name: str, *words: str) -> None:
        self.folder, self.runs = folder, folder / f"runs_{time.monotonic_ns()}"
        command = [sys.executable, "-m", "nnrecipes", "train", f"{name}.yaml", *words, "--runs", str(self.runs)]
        self.out = (folder / "out.txt").open("ab")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.out, stderr=self.out, start_new_session=True)

    def __enter__(self) -> "Training":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.out.close()

    def end(self) -> Path:
        """Wait for the end and return the run."""
        if self.process.wait(LIMIT):
            raise RuntimeError((self.folder / "out.txt").read_text()[-3000:])
        (config,) = self.runs.glob("*/*/config.yaml")
        return config.parent

    def second_worker(self, epoch: int) -> int:
        """The process id of the second worker, once there is a checkpoint in the middle of a later epoch."""
        from nnrecipes.training.state import read_state

        while self.process.poll() is None:
            for path in self.runs.glob("*/*/checkpoints/ray/checkpoint_*/state.npz"):
                with suppress(Exception):  # it may be on its way
                    state = read_state(path)
                    if state["epochs"] >= epoch and state["step"]:
                        return int(json.loads((path.parents[1] / "worker-00001.json").read_text())["pid"])
            time.sleep(0.02)
        raise RuntimeError("the training has ended before a worker was killed")


def trained(folder: Path, name: str, *words: str) -> Path:
    with Training(folder, name, *words) as training:
        return training.end()


def logs(run: Path) -> dict[str, list[float]]:
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def weights(run: Path) -> list[Any]:
    import keras

    import nnrecipes.layers  # noqa: F401 - registers

    return list(keras.saving.load_model(run / "model.keras", compile=False).get_weights())


def workers(run: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((run / "provenance.json").read_text())["workers"]
    assert len({worker["pid"] for worker in found}) == 2
    assert all(worker["world_size"] == worker["replicas_in_sync"] == 2 for worker in found)
    return found


def equality(folder: Path) -> Row:
    write_table(folder, 2_000)
    (folder / "equality.yaml").write_text(HEAD.format(name="equality", noise=0, norm="false", epochs=5))
    spread, alone = trained(folder, "equality", "--workers", "2"), trained(folder, "equality")
    workers(spread)
    a, b = logs(spread), logs(alone)
    if list(a) != list(b):
        raise RuntimeError(f"expected the same logs. Received: {list(a)} and {list(b)}")
    return Row("equality", "max_difference", max(float(np.abs(np.subtract(a[name], b[name])).max()) for name in a),
               peer="one process, the same batches")  # fmt: skip


def recovery(folder: Path) -> Row:
    write_table(folder, 2_000)
    (folder / "recovery.yaml").write_text(HEAD.format(name="recovery", noise=0.2, norm="true", epochs=4))
    words = ("--workers", "2", "training.distributed.checkpoint_every=25")
    calm = trained(folder, "recovery", *words)
    with Training(folder, "recovery", *words) as training:
        lost = training.second_worker(1)
        os.kill(lost, signal.SIGKILL)
        run = training.end()
    if lost in {worker["pid"] for worker in workers(run)}:
        raise RuntimeError("the worker was not lost")
    pairs = list(zip(weights(run), weights(calm), strict=True))
    same = logs(run) == logs(calm)
    print(f"recovery: worker {lost} killed; logs {'the same' if same else 'differ'}")
    return Row("recovery", "max_difference", max(float(np.abs(a - b).max()) for a, b in pairs),
               peer="a training that nothing disturbed")  # fmt: skip


def worker_memory(folder: Path) -> Row:
    (folder / "stream.yaml").write_text(STREAMED)
    found, seconds = [], []
    for first, last in ((0, SMALL), (SMALL, LARGE)):
        write_files(folder / "table", 2 * first, 2 * last)
        both = workers(trained(folder, "stream", "--workers", "2"))
        found.append(max(worker["memory"] for worker in both))
        seconds.append(max(worker["seconds"] for worker in both))
        before = max(worker["memory_before"] for worker in both)
        print(f"worker_memory: {last} million rows, {found[-1]:.0f} MiB ({before:.0f} before), {seconds[-1]:.1f} s")
    rate = (LARGE - SMALL) * MILLION / (seconds[1] - seconds[0])
    print(f"worker_memory: {rate:,.0f} rows/s of both workers, batches of {BATCH:,}")
    return Row("worker_memory", "growth", found[1] / found[0], peer=f"{LARGE} over {SMALL} million rows")


def main() -> None:
    chosen = arguments(__doc__ or "", WORKS, seeds=1)
    found = []
    for name in chosen.only:
        with tempfile.TemporaryDirectory() as folder:
            found.append(
                {"equality": equality, "recovery": recovery, "worker_memory": worker_memory}[name](Path(folder))
            )
    print(f"load: {os.getloadavg()[0]:.1f}")
    finish(found, chosen.json)


if __name__ == "__main__":
    main()
