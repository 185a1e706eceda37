"""A study that processes share and kills interrupt: every trial counts once. Nothing is trained here."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nnrecipes.config.tuning import ParameterConfig, TuningConfig
from nnrecipes.errors import RunError
from nnrecipes.tuning.study import Study, lives, this_process

SPACE = {"model.dropout": ParameterConfig(uniform=(0.0, 0.5))}
OTHER = "999999:1"


def study_of(folder, *, trials=6, fingerprint="f", seed=0, **tuning):
    settings = TuningConfig(space=tuning.pop("space", SPACE), trials=trials, **tuning)
    return Study(str(folder / "journal.log"), settings, ["minimize"], fingerprint, seed, folder / "taking.lock")


def take(study):
    trial = study.take()
    if trial is not None:
        trial.suggest_float("model.dropout", 0.0, 0.5)
    return trial


def finish(study):
    """Take and end trials until there are enough; each is worth its dropout."""
    while (trial := take(study)) is not None:
        study.study.tell(trial, trial.params["model.dropout"])


def test_as_many_trials_as_asked_for(tmp_path):
    study = study_of(tmp_path)
    finish(study)
    assert len(study.counted()) == 6
    assert study.take() is None


def test_a_study_goes_on_where_it_was(tmp_path):
    finish(study_of(tmp_path, trials=3))
    again = study_of(tmp_path, trials=5)
    finish(again)
    assert [trial.number for trial in again.counted()] == [0, 1, 2, 3, 4]


def test_the_same_seed_tries_the_same_values_whether_stopped_or_not(tmp_path):
    whole = study_of(tmp_path / "a", trials=15)
    finish(whole)
    for trials in (4, 9, 15):
        parts = study_of(tmp_path / "b", trials=trials)
        # the sampler's start-up is that of the whole search
        parts.tuning = parts.tuning.model_copy(update={"trials": 15})
        for _ in range(trials - len(parts.counted())):
            trial = take(parts)
            parts.study.tell(trial, trial.params["model.dropout"])
    values = [[trial.params for trial in study.counted()] for study in (whole, parts)]
    assert values[0] == values[1]


def test_a_trial_of_a_dead_process_is_tried_again_and_counts_once(tmp_path):
    study = study_of(tmp_path, trials=3)
    lost = take(study)
    study.study.tell(take(study), 1.0)
    lost.set_user_attr("worker", OTHER)  # as if the process that runs it had died
    again = study_of(tmp_path, trials=3)
    retried = take(again)
    assert retried.params == lost.params
    again.study.tell(retried, 0.5)
    finish(again)
    assert len(again.counted()) == 3
    assert [trial.state.name for trial in again.study.trials].count("FAIL") == 1


def test_a_queued_trial_that_dies_before_its_values_are_read_keeps_them(tmp_path):
    study = study_of(tmp_path, trials=3)
    values = take(study).params
    for _ in range(3):  # each time the process dies before it reads what it is to try
        last = study.study._storage.get_all_trials(study.study._study_id)[-1]
        study.study._storage.set_trial_user_attr(last._trial_id, "worker", OTHER)
        study = study_of(tmp_path, trials=3)
        study.take()
    study.study._storage.set_trial_user_attr(study.study.get_trials()[-1]._trial_id, "worker", OTHER)
    finish(study_of(tmp_path, trials=3))
    ended = [trial.params for trial in study_of(tmp_path, trials=3).counted()]
    assert len(ended) == 3
    assert ended.count(values) == 1


def test_a_trial_of_a_living_process_is_left_to_it(tmp_path):
    study = study_of(tmp_path, trials=2)
    take(study)
    other = study_of(tmp_path, trials=2)
    assert take(other) is not None
    assert take(other) is None  # two run, two are wanted
    assert len(other.running()) == 2


def test_a_cut_line_of_the_journal_is_mended(tmp_path):
    study = study_of(tmp_path, trials=3)
    study.study.tell(take(study), 1.0)
    with (tmp_path / "journal.log").open("ab") as file:
        file.write(b'{"op_code": 4, "worker')  # a kill in mid-write
    finish(study_of(tmp_path, trials=3))
    lines = (tmp_path / "journal.log").read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_a_study_of_another_recipe_is_refused(tmp_path):
    study_of(tmp_path)
    with pytest.raises(RunError, match="of another"):
        study_of(tmp_path, fingerprint="g")


def test_the_grid_is_tried_once_and_then_over(tmp_path):
    study = study_of(
        tmp_path, trials=50, sampler="grid", space={"model.dropout": ParameterConfig(choice=(0.0, 0.1, 0.2))}
    )
    tried = []
    while (trial := study.take()) is not None:
        tried.append(trial.suggest_categorical("model.dropout", ["0.0", "0.1", "0.2"]))
        study.study.tell(trial, 1.0)
    assert sorted(tried) == ["0.0", "0.1", "0.2"]


def test_this_process_lives_and_a_dead_one_does_not():
    assert lives(this_process())
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert not lives(f"{child.pid}:1")
    assert not lives(f"{os.getpid()}:1")  # the number is taken again, by a process that began later
    assert not lives("")


WORKER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_study import study_of, take
study = study_of(Path({folder!r}), trials=70)
while (trial := take(study)) is not None:
    for epoch in range(5):
        time.sleep(0.02)
        trial.report(0.5, epoch)
    study.study.tell(trial, trial.params["model.dropout"])
"""


@pytest.mark.slow
def test_ten_kills_of_two_processes_and_every_trial_counts_once(tmp_path):
    code = WORKER.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    random = np.random.default_rng(0)
    kills = 0
    while kills < 10:
        before = size_of(tmp_path / "journal.log")
        workers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
        while size_of(tmp_path / "journal.log") == before:
            time.sleep(0.01)
        for worker in workers:
            time.sleep(random.uniform(0.0, 0.3))
            kills += worker.poll() is None
            worker.kill()
            worker.wait()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    counts_each_trial_once(study_of(tmp_path, trials=70), 70)


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def counts_each_trial_once(study, trials):
    """Every trial that came to an end has values of its own, and those of each that a kill stopped are among them."""
    ended = [json.dumps(trial.params) for trial in study.counted()]
    assert len(ended) == trials
    assert len(set(ended)) == trials
    states = [trial.state.name for trial in study.study.trials]
    assert set(states) == {"COMPLETE", "FAIL"}
    stopped = {json.dumps(trial.params) for trial in study.study.trials if trial.state.name == "FAIL" and trial.params}
    assert stopped
    assert stopped <= set(ended)


def test_the_first_trial_has_the_values_that_it_is_given(tmp_path):
    settings = TuningConfig(space=SPACE, trials=3)
    study = Study(str(tmp_path / "journal.log"), settings, ["minimize"], "f", 0, tmp_path / "lock",
                  {"model.dropout": 0.125})  # fmt: skip
    finish(study)
    tried = [trial.params["model.dropout"] for trial in study.counted()]
    assert tried[0] == 0.125
    assert len(set(tried)) == 3


def test_a_space_of_few_combinations_is_over_when_all_were_tried(tmp_path):
    study = study_of(tmp_path, trials=50, sampler="random", space={"model.dropout": ParameterConfig(choice=(0.0, 0.1))})
    tried = []
    while (trial := study.take()) is not None:
        tried.append(trial.suggest_categorical("model.dropout", ["0.0", "0.1"]))
        study.study.tell(trial, 1.0)
    assert set(tried) == {"0.0", "0.1"}
    assert len(tried) < 50
