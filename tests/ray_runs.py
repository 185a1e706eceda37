"""Trainings on a local Ray cluster, as a user starts them: each in a process of its own, which is stopped in any case."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd

from nnrecipes.runs.files import read_json
from nnrecipes.training.state import read_state

RECIPE = """\
name: {name}
data:
  source: {{kind: csv, path: rows.csv}}
  split: {{kind: random, test: 20, validation: 30}}
targets:
  y: {{task: regression}}
  kind: {{task: binary}}
model: {{kind: multi_output, hidden_units: [8], dropout: {dropout}, batch_norm: {batch_norm}}}
training:
  epochs: {epochs}
  batch_size: {batch}
  optimizer: {{kind: adamw, learning_rate: 0.01, weight_decay: 0.01, epsilon: 1.0e-4, clipnorm: 0.5}}
  callbacks: {{monitor: val_loss, early_stopping: {{patience: 50}}, schedule: {{kind: cosine}}}}
evaluation: {{bootstrap: 100, plots: false, baselines: false}}
"""
LIMIT = 240.0  # seconds; a busy machine takes long to start eight processes


def prepare(
    folder: Path, name: str, *, rows: int, epochs: int, batch: int, dropout: float = 0.0, batch_norm: bool = False
) -> str:
    """Write a table and a recipe, and return the recipe's file."""
    random = np.random.default_rng(4)
    frame = pd.DataFrame(random.normal(size=(rows, 4)), columns=list("abcd"))
    frame["y"] = frame["a"] * 2 - frame["b"] + random.normal(size=rows) * 0.1
    frame["kind"] = np.where(frame["c"] + frame["d"] > 0, "up", "down")
    frame.to_csv(folder / "rows.csv", index=False)
    text = RECIPE.format(name=name, epochs=epochs, batch=batch, dropout=dropout, batch_norm=str(batch_norm).lower())
    (folder / f"{name}.yaml").write_text(text)
    return f"{name}.yaml"


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """``nnrecipes train`` in a session of its own, all of which ends with the block."""
    with (folder / "out.txt").open("ab") as out:
        command = [sys.executable, "-m", "nnrecipes", "train", *words]
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, start_new_session=True)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def finished(folder: Path, *words: str) -> Path:
    """Train to the end, within the limit, and return the run."""
    before = set(runs_of(folder))
    with started(folder, *words) as process:
        code = process.wait(LIMIT)
    assert code == 0, (folder / "out.txt").read_text()
    (run,) = set(runs_of(folder)) - before
    return run


def runs_of(folder: Path) -> list[Path]:
    return [path.parent for path in (folder / "runs").glob("*/*/config.yaml")]


def wait_for(what, process: subprocess.Popen[bytes], seconds: float = LIMIT):
    """What a function returns as soon as it is true; the process must live until then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := what()) is not None:
            return found
        assert process.poll() is None, "the training has ended before"
        time.sleep(0.02)
    raise TimeoutError


def in_the_middle(folder: Path, epoch: int) -> int | None:
    """The process id of the second worker, once there is a checkpoint in the middle of an epoch, after ``epoch``."""
    for path in (folder / "runs").glob("*/*/checkpoints/ray/checkpoint_*/state.npz"):
        with suppress(Exception):  # it may be on its way
            state = read_state(path)
            if state["epochs"] >= epoch and state["step"] > 0:
                return read_json(path.parents[1] / "worker-00001.json")["pid"]
    return None


def history(run: Path) -> pd.DataFrame:
    return pd.read_csv(run / "history.csv")


def weights(run: Path) -> Sequence[np.ndarray]:
    import keras

    import nnrecipes.layers  # noqa: F401 - registers

    return keras.saving.load_model(run / "model.keras", compile=False).get_weights()
