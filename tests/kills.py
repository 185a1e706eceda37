"""A small training that is killed at a given moment, and all that its end must be equal in."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnrecipes.data.synthetic import harbour_trips

EPOCHS = 20
LAST = 19  # early stopping ends the training after this epoch
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
    """Kill ``delay`` seconds after the line of this epoch has appeared; 0: after the run folder has."""

    epoch: int
    delay: float


def random_moment(random: np.random.Generator) -> Moment:
    """Half of them among the epochs; the others in what comes before the first and after the last."""
    epoch = int(random.choice([0, LAST, *random.integers(1, LAST, size=2)]))
    return Moment(epoch, float(random.uniform(0, 0.1 if 0 < epoch < LAST else 4.0)))


def prepare(folder: Path) -> None:
    harbour_trips(300, seed=3).to_csv(folder / "trips.csv", index=False)
    (folder / "small.yaml").write_text(RECIPE)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nnrecipes", "train", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)


def stop(process: subprocess.Popen[str], runs: Path, moment: Moment, number: int = signal.SIGKILL) -> str:
    """Send a signal at the moment, wait for the end, and return what the process has said on standard error."""
    said = []
    while moment.epoch == 0 and process.poll() is None and not list(runs.glob("*/*/config.yaml")):
        time.sleep(0.005)
    while moment.epoch and process.stderr is not None:
        line = process.stderr.readline()
        said.append(line)
        done = line.startswith("epoch ") and int(line.split()[1].partition("/")[0]) >= moment.epoch
        if done or not line:
            break
    time.sleep(moment.delay)
    if process.poll() is None:
        os.kill(process.pid, number)
    return "".join(said) + process.communicate()[1]


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
