"""Twenty altered files of a run -> what nnrecipes says of each, as ``docs/integrity.md``.

Run: python tests/runs/generate_integrity.py
"""

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PLACE = Path(__file__).parents[2] / "docs" / "integrity.md"
OVERRIDES = {"training.epochs": 2, "evaluation.bootstrap": 100, "evaluation.baselines": False,
             "training.callbacks.progress": False}  # fmt: skip
HEAD = """\
# Altered files of a run, and what is said of them

A run keeps the sha256 of each of its files in `provenance.json`, and its own one in its last line. A file is checked when
it is read; `nnrecipes show RUN` checks all of them. This finds a copy that was cut short, a disk's fault and an edit by
hand; it does not find a forger, who would write the check sums as well.

Written by `python tests/runs/generate_integrity.py`; a test compares. RUN stands for the run's folder. Each command that
ends in an error has exit status 2.

| | file | what was done to it | command | what it says |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Case:
    """A file, what is done to it, and the command that meets it."""

    file: str
    done: str
    alter: Callable[[Path], object]
    command: str = "predict"
    unfinished: bool = False


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(old: str, new: str) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        text = path.read_text("utf-8")
        changed = re.sub(old, new, text, count=1)
        if changed == text:
            raise ValueError(f"{path}: expected {old}")
        path.write_text(changed, "utf-8")

    return change


def drop_line(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), "utf-8")


def other_row(path: Path) -> None:
    values = json.loads(path.read_text("utf-8"))
    values["rows"]["train"].append(values["rows"]["test"].pop())
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", "utf-8")


def other_network(path: Path) -> None:
    import keras

    model = keras.saving.load_model(path)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    model.save(path)


CASES = (
    Case("model.keras", "cut in the middle", cut),
    Case("model.keras", "one bit flipped", flip),
    Case("model.keras", "removed", Path.unlink),
    Case("model.keras", "another network in its place", other_network),
    Case("preprocessor/state.json", "one digit changed", swap(r"\.3", ".4")),
    Case("preprocessor/state.json", "emptied", lambda path: path.write_text("")),
    Case("preprocessor/tables.npz", "one bit flipped", flip),
    Case("preprocessor/tables.npz", "removed", Path.unlink),
    Case("config.yaml", "another seed", swap("seed: 0", "seed: 1")),
    Case("metrics.json", "a better figure", swap(r'"value": 0\.\d', '"value": 0.9'), "show"),
    Case("metrics.json", "cut in the middle", cut, "runs"),
    Case("history.csv", "the last epoch removed", drop_line, "history"),
    Case("predictions.csv", "the last row removed", drop_line, "show"),
    Case("plots/history.png", "removed", Path.unlink, "show"),
    Case("provenance.json", "a test row called a training row", other_row, "show"),
    Case("provenance.json", "cut in the middle", cut, "show"),
    Case("provenance.json", "a format of the future", swap('"format": 2', '"format": 3')),
    Case("config.yaml", "more epochs, in an unfinished run", swap("epochs: 2", "epochs: 3"), "resume", unfinished=True),
    Case(".unfinished", "emptied, in an unfinished run", lambda path: path.write_text(""), "resume", unfinished=True),
    Case("checkpoints/resume-000001.npz", "cut in the middle, in an unfinished run", cut, "resume", unfinished=True),
)  # fmt: skip


def make_runs(root: Path) -> tuple[Path, Path]:
    """A finished run, and one that was interrupted after its first epoch."""
    import keras

    import nnrecipes as nn

    finished = nn.train("sequential_wine", OVERRIDES, runs_dir=root / "finished").path

    def interrupt(epoch: int, logs: object) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    keeps, asks = keras.callbacks.LambdaCallback(on_epoch_end=interrupt), root / "unfinished"
    with contextlib.suppress(KeyboardInterrupt):
        nn.train("sequential_wine", OVERRIDES, callbacks=[keeps], runs_dir=asks)
    unfinished = next(asks.glob("*/*"))
    mark = unfinished / ".unfinished"
    mark.write_text(mark.read_text("utf-8").replace('["callbacks"]', "[]"), "utf-8")  # resumed without it
    return finished, unfinished


def said(case: Case, runs: tuple[Path, Path], rows: Path, aside: Path) -> str:
    """Alter a copy of the run and return what the command says of it."""
    from nnrecipes.cli.main import main

    run = aside / "recipe" / "20260101T000000Z-abcdef"
    shutil.copytree(runs[case.unfinished], run)
    case.alter(run / case.file)
    command = _words(case, run, rows)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = _history(run) if case.command == "history" else main(command)
    shutil.rmtree(aside / "recipe")
    lines = err.getvalue().splitlines() if status else [x for x in out.getvalue().splitlines() if _tells(x)]
    text = "<br>".join(line for line in lines if not line.startswith("To go on"))
    return re.sub(r"damaged file \(.*?\)\.", "damaged file (…).", text.replace(str(run), "RUN"))


def _words(case: Case, run: Path, rows: Path) -> list[str]:
    match case.command:
        case "predict":
            return ["predict", str(run), "--data", str(rows)]
        case "resume":
            return ["train", "--resume", str(run), "--quiet"]
        case "runs":
            return ["runs", "--runs", str(run.parents[1])]
    return [case.command, str(run)]


def _history(run: Path) -> int:
    import nnrecipes as nn

    try:
        _ = nn.load_run(run).history
    except nn.RunError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _tells(line: str) -> bool:
    return "since the run ended" in line or "damaged" in line


def table() -> str:
    """The whole file."""
    from sklearn.datasets import load_wine

    from nnrecipes.data.bundled import BUNDLED

    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        frame = load_wine(as_frame=True).data.head(3)
        frame.columns = list(BUNDLED["wine"].columns)[: frame.shape[1]]
        frame.to_csv(root / "rows.csv", index=False)
        runs = make_runs(root)
        shown = {"predict": "`predict RUN`", "show": "`show RUN`", "runs": "`runs`",
                 "history": "`load_run(RUN).history`", "resume": "`train --resume RUN`"}  # fmt: skip
        lines = [
            f"| {number} | `{case.file}` | {case.done} | {shown[case.command]} | "
            f"{said(case, runs, root / 'rows.csv', root)} |"
            for number, case in enumerate(CASES, start=1)
        ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    PLACE.write_text(table(), "utf-8")
