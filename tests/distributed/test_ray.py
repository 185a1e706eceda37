"""Two workers on a local Ray cluster: files of unequal length, workers that are killed, trainings that go on."""

import os
import shutil
import signal
import time

import numpy as np
import pandas as pd
import pytest
from ray_runs import finished, history, in_the_middle, prepare, runs_of, started, wait_for, weights

from nnrecipes.config.consistency import fill
from nnrecipes.distributed.rows import StreamedRows
from nnrecipes.preprocessing.build import fit_preprocessor
from nnrecipes.recipe import check, check_data
from nnrecipes.runs.files import read_json

pytestmark = pytest.mark.distributed
LONG = 400.0  # seconds
STREAMED = """\
name: streamed
data:
  source: {kind: parquet, path: table}
  stream: true
  split: {kind: column, column: set}
  ignore: [set]
targets:
  price: {task: regression}
inputs:
  numbers: {kind: tabular, columns: [a, b]}
  codes: {kind: categorical, columns: [town]}
model: {kind: multimodal, trunk_units: [16]}
training:
  epochs: 2
  batch_size: 16
  optimizer: {kind: adam, learning_rate: 0.01, epsilon: 1.0e-4}
evaluation: {bootstrap: 100, plots: false, baselines: false}
"""


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A training with noise, statistics of batches and checkpoints in the middle of epochs, which nothing disturbs."""
    folder = tmp_path_factory.mktemp("calm")
    recipe = prepare(folder, "noisy", rows=900, epochs=3, batch=8, dropout=0.2, batch_norm=True)
    words = (recipe, "--workers", "2", "training.distributed.checkpoint_every=20")
    return folder, words, finished(folder, *words)


def same(run, other):
    assert history(run).equals(history(other))
    for a, b in zip(weights(run), weights(other), strict=True):
        np.testing.assert_array_equal(a, b)


def copied(calm, folder):
    for name in ("rows.csv", "noisy.yaml"):
        shutil.copy(calm / name, folder / name)


def test_a_worker_killed_in_the_middle_of_an_epoch_changes_no_bit(calm, tmp_path):
    folder, words, run = calm
    copied(folder, tmp_path)
    with started(tmp_path, *words) as process:
        lost = wait_for(lambda: in_the_middle(tmp_path, 1), process)
        os.kill(lost, signal.SIGKILL)
        assert process.wait(LONG) == 0, (tmp_path / "out.txt").read_text()
    (other,) = runs_of(tmp_path)
    same(run, other)
    workers = read_json(other / "provenance.json")["workers"]
    assert lost not in {worker["pid"] for worker in workers}
    assert "goes on after epoch" in (tmp_path / "out.txt").read_text()


def test_workers_lost_too_often_are_one_line_and_the_run_can_be_resumed(calm, tmp_path):
    folder, words, run = calm
    copied(folder, tmp_path)
    with started(tmp_path, *words, "training.distributed.max_failures=0") as process:
        os.kill(wait_for(lambda: in_the_middle(tmp_path, 1), process), signal.SIGKILL)
        assert process.wait(LONG) == 2
    said = (tmp_path / "out.txt").read_text()
    assert "training.distributed: expected workers that train to the end. Received:" in said
    assert "Traceback" not in said
    (other,) = runs_of(tmp_path)
    with started(tmp_path, "--resume", "latest") as process:
        assert process.wait(LONG) == 0, (tmp_path / "out.txt").read_text()
    same(run, other)


def test_ctrl_c_stops_all_and_leaves_a_run_that_goes_on(calm, tmp_path):
    folder, words, run = calm
    copied(folder, tmp_path)
    with started(tmp_path, *words) as process:
        worker = wait_for(lambda: in_the_middle(tmp_path, 1), process)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(LONG) == 130
        assert not alive(worker)
    assert "nnrecipes train --resume" in (tmp_path / "out.txt").read_text()
    (other,) = runs_of(tmp_path)
    with started(tmp_path, "--resume", "latest") as process:
        assert process.wait(LONG) == 0, (tmp_path / "out.txt").read_text()
    same(run, other)


def alive(pid):
    """Whether a process is there, after some seconds in which it may end."""
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.2)
    return True


def write_files(folder):
    """Two row groups for each worker; those of the second one hold the held-out rows as well."""
    random = np.random.default_rng(2)
    (folder / "table").mkdir()
    for number, rows in enumerate((80, 80, 80, 81)):
        frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows),
                              "town": random.choice(["Bonn", "Ulm", "Trier"], rows)})  # fmt: skip
        frame["price"] = frame["a"] - 2 * frame["b"] + (frame["town"] == "Ulm")
        held = [(row < 20, row < 30) if number % 2 else (False, False) for row in range(rows)]
        frame["set"] = ["val" if first else "test" if either else "train" for first, either in held]
        frame.to_parquet(folder / "table" / f"{number}.parquet")
    (folder / "streamed.yaml").write_text(STREAMED)


def test_a_file_that_is_damaged_meanwhile_is_one_line(tmp_path):
    write_files(tmp_path)
    with started(tmp_path, "streamed.yaml", "--workers", "2") as process:
        wait_for(lambda: runs_of(tmp_path) or None, process)
        file = tmp_path / "table" / "3.parquet"
        file.write_bytes(file.read_bytes()[:400])
        assert process.wait(LONG) == 2
    said = (tmp_path / "out.txt").read_text()
    assert "3.parquet: expected a Parquet file. Received:" in said
    assert "Traceback" not in said


def test_twenty_against_thirteen_batches_of_files_end_as_one_process_that_sees_them(tmp_path):
    write_files(tmp_path)
    run = finished(tmp_path, "streamed.yaml", "--workers", "2")
    losses, expected = one_process(tmp_path)
    np.testing.assert_allclose(history(run)["loss"], losses, rtol=1e-5, atol=1e-5)
    for a, b in zip(weights(run), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    assert "row groups, read by 2 workers" in (tmp_path / "out.txt").read_text()
    assert len({worker["pid"] for worker in read_json(run / "provenance.json")["workers"]}) == 2


def one_process(folder):
    """One network that is fitted to one batch after the other, each of the parts that both workers take."""
    from nnrecipes.models.build import build_model
    from nnrecipes.preprocessing.blocks import joined
    from nnrecipes.training.build import compile_for
    from nnrecipes.training.fit import rows_of

    loaded = check(folder / "streamed.yaml")
    dataset = check_data(loaded)
    config = fill(loaded.config, dataset.tasks)
    prepared = fit_preprocessor(config, dataset)
    rows = StreamedRows(prepared.blocks, dataset.stream.unit_rows, 2)
    model = compile_for(build_model(config.model, prepared.preprocessor.spec, config.seed), config)
    losses = []
    for epoch in range(2):
        feeds = [list(rows.epoch(worker, config.seed, epoch, 16, shuffle=True, first=0)) for worker in (0, 1)]
        assert [len(feed) for feed in feeds] == [20, 13]
        total = 0.0
        for place in range(20):
            batch = joined([feed[place] for feed in feeds if place < len(feed)])
            x, y, *_ = rows_of(batch)
            found = model.fit(x, y, batch_size=len(batch), epochs=1, shuffle=False, verbose=0).history
            total += found["loss"][0] * len(batch)
        losses.append(total / len(rows))
    return losses, model.get_weights()
