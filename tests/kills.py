"""A small training that is killed at a given moment, and all that its end must be equal in."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np

from nnrecipes.cli.main import main
from nnrecipes.data.synthetic import harbour_trips

EPOCHS = 20
LAST = 16  # early stopping ends the training after this epoch
RECIPE = f"""\
name: small
data:
  source: {{kind: csv, path: trips.csv}}
targets:
  catch_kg: {{task: regression}}
preprocessing:
  numeric: {{missing: median}}
  categorical: {{missing: indicator}}
model: {{kind: sequential, hidden_units: [16], dropout: 0.3, batch_norm: true}}
training:
  epochs: {EPOCHS}
  batch_size: 16
  optimizer: {{kind: adam, learning_rate: 0.03}}
  callbacks:
    early_stopping: {{patience: 6}}
    schedule: {{kind: reduce_on_plateau, patience: 1, factor: 0.7, cooldown: 1}}
evaluation: {{bootstrap: 100, plots: false}}
"""


@dataclass(frozen=True)
class Moment:
    """Kill ``delay`` seconds after the state of this epoch has appeared; 0: after the run folder has."""

    epoch: int
    delay: float


def random_moment(random: np.random.Generator, last: int = LAST) -> Moment:
    """Half of them among the epochs; the others in what comes before the first and after the last."""
    epoch = int(random.choice([0, last, *random.integers(1, last, size=2)]))
    return Moment(epoch, float(random.uniform(0, {0: 4.0, last: 1.2}.get(epoch, 0.1))))


def prepare(folder: Path) -> None:
    harbour_trips(300, seed=3).to_csv(folder / "trips.csv", index=False)
    (folder / "small.yaml").write_text(RECIPE)


def prepare_long(folder: Path) -> None:
    """A training of so many updates that XLA compiles it, and that ends with its last epoch."""
    harbour_trips(2_000, seed=3).to_csv(folder / "trips.csv", index=False)
    text = RECIPE.replace("batch_size: 16", "batch_size: 4").replace("patience: 6", f"patience: {EPOCHS}")
    (folder / "long.yaml").write_text(text.replace("name: small", "name: long"))


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """``nnrecipes train`` as a user starts it."""
    command = [sys.executable, "-m", "nnrecipes", "train", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fork(folder: Path, *words: str, command: str = "train") -> ForkServerProcess:
    """The same, or another command, forked from a process that has imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kills", "nnrecipes.inference.score", "nnrecipes.preprocessing.build",
                                    "nnrecipes.training.build", "sklearn.linear_model"])  # fmt: skip
    process = context.Process(target=_run, args=(str(folder), [command, *words]))
    process.start()
    return process


def _run(folder: str, words: Sequence[str]) -> None:
    os.chdir(folder)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the process is about to be killed
    sys.exit(main(list(words)))


def kill(process: subprocess.Popen[bytes] | ForkServerProcess, runs: Path, moment: Moment) -> None:
    """Wait for the moment, kill the process, and wait for its end."""
    while _alive(process) and not _reached(runs, moment.epoch):
        time.sleep(0.002)
    time.sleep(moment.delay)
    process.kill()
    process.wait() if isinstance(process, subprocess.Popen) else process.join()


def _alive(process: subprocess.Popen[bytes] | ForkServerProcess) -> bool:
    return process.poll() is None if isinstance(process, subprocess.Popen) else process.is_alive()


def _reached(runs: Path, epoch: int) -> bool:
    if epoch == 0:
        return any(runs.glob("*/*/config.yaml"))
    return any(int(path.stem.removeprefix("resume-")) >= epoch for path in runs.glob("*/*/checkpoints/resume-*.npz"))


def the_run(runs: Path) -> Path:
    """The only run of a folder."""
    (run,) = {path.parent for path in runs.glob("*/*/config.yaml")}
    return run


def ending(run: Path) -> dict[str, bytes]:
    """File -> content, of all that must be the same, bit for bit; of a model all but its date and its objects' addresses."""
    content = {}
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                content[f"{name}: weights"] = archive.read("model.weights.h5")
                content[f"{name}: layers"] = json.dumps(_plain(json.loads(archive.read("config.json")))).encode()
        elif path.is_file() and name != "provenance.json":
            content[name] = path.read_bytes()
    return content


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "shared_object_id"}
    return [_plain(value) for value in node] if isinstance(node, list) else node
