"""A run that is killed, interrupted or starved of disk space goes on, or leaves nothing; its end is that of an unkilled one."""

import os
import resource
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest
from kills import (
    EPOCHS,
    LAST,
    RECIPE,
    Moment,
    ending,
    fork,
    kill,
    prepare,
    prepare_long,
    random_moment,
    start,
    the_run,
)

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.errors import RunError
from nnrecipes.training.resume import Resume

SMALL = {"training.epochs": 5, "evaluation.plots": False, "evaluation.baselines": False,
         "training.callbacks.progress": False}  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def whole(work: Path) -> dict[str, bytes]:
    """The end of the run that nobody stops, trained in this process."""
    return ending(nn.train(work / "small.yaml", {"training.callbacks.progress": False}, runs_dir=work / "whole").path)


def comparable(content: dict[str, bytes]) -> dict[str, bytes]:
    return {name: value for name, value in content.items() if name != "config.yaml"}  # progress is on in one


def test_three_kills_at_random_moments_and_the_end_is_the_same(work: Path, whole: dict[str, bytes]) -> None:
    random, runs = np.random.default_rng(), work / "killed"
    epochs = sorted(random.choice(np.arange(1, LAST), size=2, replace=False).tolist())
    moments = [Moment(epoch, float(random.uniform(0, 0.1))) for epoch in [*epochs, LAST]]
    for number, moment in enumerate(moments):
        words = ["small.yaml", "--runs", str(runs)] if number == 0 else ["--resume", str(the_run(runs))]
        kill(fork(work, *words), runs, moment)
        run = the_run(runs)
        assert (run / ".unfinished").exists(), f"killed at {moment}"
        assert main(["runs", "--runs", str(runs)]) == 0
    finished = nn.resume(run, progress=False)
    assert comparable(ending(run)) == comparable(whole), f"killed at {moments}"
    assert [line["epochs"] for line in finished.provenance["resumed"]] >= epochs
    assert not finished.damage()


@pytest.mark.slow
def test_fifty_kills_at_random_moments_and_fifty_equal_ends(work: Path) -> None:
    """One kill a run, from the first moment of its folder to the last; prints where the kills fell."""
    seed = int(os.environ.get("NNRECIPES_KILL_SEED", "0"))
    random, fell = np.random.default_rng(seed), Counter[str]()
    reference = work / "reference"
    assert start(work, "small.yaml", "--runs", str(reference)).wait() == 0
    expected = ending(the_run(reference))
    for number in range(50):
        runs, moment = work / f"kill{number}", random_moment(random)
        kill(start(work, "small.yaml", "--runs", str(runs)), runs, moment)
        run = the_run(runs)
        states = sorted(path.name for path in run.glob("checkpoints/resume-*.npz"))
        fell[_where(run, states)] += 1
        assert start(work, "--resume", str(run)).wait() == 0
        assert ending(run) == expected, f"kill {number} at {moment}: {states}"
    print(f"\n50 kills, seed {seed}, 50 equal ends: {dict(sorted(fell.items()))}")


@pytest.mark.slow
def test_twenty_kills_with_xla_and_twenty_equal_ends(tmp_path: Path) -> None:
    """The same where XLA compiles the epochs, which the run's provenance says."""
    prepare_long(tmp_path)
    random, fell = np.random.default_rng(int(os.environ.get("NNRECIPES_KILL_SEED", "0"))), Counter[str]()
    reference = tmp_path / "reference"
    assert start(tmp_path, "long.yaml", "--runs", str(reference)).wait() == 0
    expected = ending(the_run(reference))
    assert nn.load_run(the_run(reference)).provenance["trainer"] == "xla"
    for number in range(20):
        runs, moment = tmp_path / f"kill{number}", random_moment(random, EPOCHS)
        kill(start(tmp_path, "long.yaml", "--runs", str(runs)), runs, moment)
        run = the_run(runs)
        states = sorted(path.name for path in run.glob("checkpoints/resume-*.npz"))
        fell[_where(run, states, EPOCHS)] += 1
        assert start(tmp_path, "--resume", str(run)).wait() == 0
        assert ending(run) == expected, f"kill {number} at {moment}: {states}"
    print(f"\n20 kills, 20 equal ends: {dict(sorted(fell.items()))}")


def _where(run: Path, states: list[str], last: int = LAST) -> str:
    if not (run / ".unfinished").exists():
        return "behind the end"
    if not states:
        return "before the end of the first epoch"
    epochs = int(states[-1].removeprefix("resume-").removesuffix(".npz"))
    return "among the epochs" if epochs < last else "after the last epoch, before the end"


@pytest.mark.parametrize("epoch", [2, LAST])
def test_ctrl_c_leaves_a_run_and_says_the_command_that_goes_on(
    epoch: int, work: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = Resume.on_epoch_end
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background

    def interrupted(self: Resume, number: int, logs: dict[str, float] | None = None) -> None:
        keep(self, number, logs)
        if number + 1 == epoch:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Resume, "on_epoch_end", interrupted)
    runs = work / f"interrupted {epoch}"
    assert main(["train", str(work / "small.yaml"), "--runs", str(runs), "--quiet"]) == 130
    signal.signal(signal.SIGINT, before)
    said, run = capsys.readouterr().err, the_run(runs)
    assert said.endswith(f"nnrecipes: interrupted\nTo go on with this run: nnrecipes train --resume '{run}'\n")
    assert main(["show", str(run)]) == 2
    assert "nnrecipes train --resume" in capsys.readouterr().err
    monkeypatch.undo()
    assert main(["train", "--resume", str(run), "--quiet"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(run)
    assert comparable(ending(run)) == comparable(whole)
    assert main(["train", "--resume", str(run)]) == 0
    assert "finished already" in capsys.readouterr().err


def test_train_takes_a_recipe_or_a_run_not_both(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train"]) == 2
    assert "expected CONFIG" in capsys.readouterr().err
    assert main(["train", "small.yaml", "--resume", "latest", "training.epochs=3", "--seed", "1"]) == 2
    assert "Received: small.yaml, training.epochs=3, --seed 1" in capsys.readouterr().err
    assert main(["train", "small.yaml", "--force"]) == 2
    assert main(["train", "--resume", "latest", "--runs", str(work / "none")]) == 2
    assert "expected at least one unfinished run. Received: none" in capsys.readouterr().err


class Crash(keras.callbacks.Callback):  # type: ignore[misc]
    """A user's callback with a fault, and a memory."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch, self.losses = epoch, [0.0][:0]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        assert logs is not None
        if epoch == self.epoch:
            raise ZeroDivisionError
        self.losses.append(logs["loss"])
        logs["mean_loss"] = sum(self.losses) / len(self.losses)

    def get_state(self) -> dict[str, list[float]]:
        return {"losses": self.losses}

    def set_state(self, state: dict[str, list[float]]) -> None:
        self.losses = state["losses"]


def network() -> keras.Model:
    keras.utils.set_random_seed(4)
    hidden, drop = keras.layers.Dense(8, activation="relu", name="hidden"), keras.layers.Dropout(0.2, name="drop")
    layers = [keras.Input((3,), name="rows"), hidden, drop, keras.layers.Dense(1, name="out")]
    model = keras.Sequential(layers, name="own")
    model.compile(keras.optimizers.Adam(name="adam"), "mse", run_eagerly=True)
    return model


def test_rows_a_model_and_callbacks_from_python_are_resumed_with_the_same_again(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = {name: random.normal(size=60) for name in ("a", "b", "c", "y")}
    recipe = {"targets": {"y": {"task": "regression"}}, "data": {}}
    expected = nn.train(recipe, SMALL, data=rows, model=network(), callbacks=[Crash(99)], runs_dir=tmp_path / "a")
    with pytest.raises(ZeroDivisionError) as crash:
        nn.train(recipe, SMALL, data=rows, model=network(), callbacks=[Crash(3)], runs_dir=tmp_path / "b")
    run = the_run(tmp_path / "b")
    assert crash.value.__notes__[-1].endswith(f"nnrecipes.resume({str(run)!r}, data=..., model=..., callbacks=...)")
    with pytest.raises(RunError, match="expected data=... as at the run's beginning"):
        nn.resume(run)
    given = {"model": network(), "callbacks": [Crash(99)]}
    with pytest.raises(RunError, match="arrays: expected the rows that"):
        nn.resume(run, data={**rows, "y": rows["y"] + 1}, **given)
    found = nn.resume(run, data=rows, **given)
    assert found.history == expected.history
    assert len(found.history["mean_loss"]) == 5
    assert comparable(ending(run)) == comparable(ending(expected.path))


def test_an_altered_table_is_refused_before_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    monkeypatch.setattr(Resume, "on_epoch_end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        nn.train(tmp_path / "small.yaml", SMALL, runs_dir=tmp_path)
    with (tmp_path / "trips.csv").open("a") as file:
        file.write((tmp_path / "trips.csv").read_text().splitlines()[-1] + "\n")
    with pytest.raises(RunError, match=r"trips\.csv: expected the rows that .* was begun with"):
        nn.resume("latest", runs_dir=tmp_path)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes: what a full disk does, but for the words."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 700, 4_000])
def test_where_nothing_can_be_written_there_is_one_error_and_no_run(
    size: int, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = work / f"full {size}"
    with largest_file(size):
        status = main(["train", str(work / "small.yaml"), "--runs", str(runs), "--quiet"])
    assert status == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("expected a place that can be written. Received: File too large.")
    assert [path for path in runs.rglob("*") if path.is_file()] == []


def test_a_disk_that_is_full_after_an_epoch_leaves_whole_files_and_the_run_goes_on(
    work: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = Resume.on_epoch_end

    def starved(self: Resume, epoch: int, logs: dict[str, float] | None = None) -> None:
        with largest_file(900 if epoch >= 4 else resource.RLIM_INFINITY):
            keep(self, epoch, logs)

    monkeypatch.setattr(Resume, "on_epoch_end", starved)
    runs = work / "starved"
    assert main(["train", str(work / "small.yaml"), "--runs", str(runs), "--quiet"]) == 2
    run = the_run(runs)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{run}/checkpoints/resume-000005.npz: expected a place that can be written.")
    assert second == f"To go on with this run: nnrecipes train --resume {run}"
    names = sorted(path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file())
    assert [name for name in names if not name.endswith(".keras")] == [
        ".unfinished", "checkpoints/resume-000004.npz", "config.yaml"
    ]  # fmt: skip
    monkeypatch.undo()
    nn.resume(run, progress=False)
    assert comparable(ending(run)) == comparable(whole)


def test_the_recipe_has_what_a_resumption_has_to_remember() -> None:
    assert all(word in RECIPE for word in ("dropout", "early_stopping", "reduce_on_plateau", "batch_norm"))
