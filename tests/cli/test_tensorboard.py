"""``nnrecipes tensorboard``: the real program on a run's logs, and what is said where there are none."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main

RECIPE = {
    "name": "lines",
    "data": {},
    "targets": {"y": {}},
    "model": {"kind": "sequential", "hidden_units": [4]},
    "training": {"epochs": 2, "callbacks": {"progress": False, "tensorboard": {}}},
    "evaluation": {"plots": False, "bootstrap": 100},
}


def test_tensorboard_shows_a_run(tmp_path: Path) -> None:
    x = np.linspace(0.25, 9, 60)
    run = nn.train(RECIPE, data=pd.DataFrame({"x": x, "y": 2 * x + x**2 / 9}), runs_dir=tmp_path)
    words = [sys.executable, "-m", "nnrecipes", "tensorboard", "--runs", str(tmp_path), "--port", "0", "--json"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=dict(os.environ)
    )
    try:
        assert select.select([process.stdout], [], [], 120)[0]
        about = json.loads(process.stdout.readline())
        assert about["folder"] == str(tmp_path)
        assert about["url"].startswith("http://127.0.0.1:")
        with urlopen(about["url"] + "data/plugins_listing", timeout=60) as answer:
            assert {"scalars", "histograms", "graphs", "hparams"} <= set(json.load(answer))
        logs = f"lines/{run.path.name}/tensorboard"
        found: set[str] = set()
        for _ in range(60):
            with urlopen(about["url"] + "data/runs", timeout=60) as answer:
                found = set(json.load(answer))
            if f"{logs}/train" in found:
                break
            select.select([], [], [], 0.5)
        assert {f"{logs}/train", f"{logs}/validation", logs} <= found
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_run_without_logs_says_how_to_get_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tensorboard", str(nn.load_zoo("iris_multi_output").path)]) == 2
    assert "Train with training.callbacks.tensorboard={}" in capsys.readouterr().err
