"""``nnrecipes tune``, killed ten times at random moments: every trial counts once."""

import json
import time

import numpy as np
import pytest
from kills import fork

from nnrecipes.tuning.tune import Search

TRIALS = 24
RECIPE = {
    "name": "searched",
    "data": {"source": {"kind": "sklearn", "name": "iris"}},
    "targets": {"species": {"task": "multiclass"}},
    "model": {"kind": "sequential", "hidden_units": [8, 4]},
    "training": {"epochs": 6, "batch_size": 16, "callbacks": {"progress": False}},
    "tuning": {
        "trials": TRIALS,
        "pruner": "none",
        "space": {
            "training.optimizer.learning_rate": {"loguniform": [1e-4, 1e-2]},
            "model.hidden_units": {"choice": [[8, 4], [16, 4]]},
        },
    },
}


@pytest.mark.slow
def test_a_search_that_is_killed_ten_times_counts_every_trial_once(tmp_path):
    (tmp_path / "searched.yaml").write_text(json.dumps(RECIPE))
    runs, random = tmp_path / "runs", np.random.default_rng(0)
    words = ("searched.yaml", "--runs", str(runs), "--no-run", "--quiet")
    killed = 0
    while killed < 10:
        before = _size(runs)
        process = fork(tmp_path, *words, command="tune")
        while _size(runs) == before and process.is_alive():
            time.sleep(0.005)
        time.sleep(random.uniform(0.0, 1.0))
        killed += process.is_alive()
        process.kill()
        process.join()
    last = fork(tmp_path, *words, command="tune")
    last.join()
    assert last.exitcode == 0
    study = Search(tmp_path / "searched.yaml", runs_dir=runs).study
    ended = [json.dumps(trial.params) for trial in study.counted()]
    assert len(ended) == len(set(ended)) == TRIALS
    stopped = {json.dumps(trial.params) for trial in study.study.trials if trial.state.name == "FAIL" and trial.params}
    assert stopped
    assert stopped <= set(ended)
    (folder,) = (runs / "searched").glob("tuning-*")
    assert (folder / "trials.csv").read_text().count("\n") == TRIALS + 1


def _size(runs):
    return sum(path.stat().st_size for path in runs.glob("searched/*/journal.log"))
