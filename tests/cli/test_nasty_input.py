"""Files, names and places that nobody would choose: an answer or one clean message, and nothing left behind."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnrecipes.cli.main import main
from nnrecipes.config.load import load_config

RECIPE = """\
data:
  source: {kind: csv, path: rows.csv}
targets:
  y: {}
model: {kind: sequential, hidden_units: [4]}
training: {epochs: 1, callbacks: {progress: false}}
evaluation: {bootstrap: 100, plots: false}
"""
QUICK = ["--quiet", "training.epochs=1", "evaluation.bootstrap=100", "training.callbacks.early_stopping=null"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.yaml").write_text(RECIPE)
    return tmp_path


def frame(target: str = "y", rows: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"u": rng.normal(size=rows).round(3), "v": rng.choice(["p", "q"], rows), target: rng.normal(size=rows)}
    )


def heard(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(list(words)) == 2
    return capsys.readouterr().err.splitlines()


def test_a_target_may_have_any_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["Größe (cm)/m=1", "日: 本\n😀"]
    frame(names[0]).assign(**{names[1]: ["a b", "c/d", "é"] * 30}).to_csv("rows.csv", index=False)
    targets = [word for name in names for word in ("--target", name)]
    assert main(["new", "rows.csv", *targets, "--out", "odd (1).yaml"]) == 0
    assert main(["train", "odd (1).yaml", *QUICK]) == 0
    run = capsys.readouterr().out.splitlines()[-1]
    assert main(["predict", run, "--data", "rows.csv", "--out", "out.parquet"]) == 0
    columns = pd.read_parquet("out.parquet").columns.tolist()
    assert columns[:2] == names
    assert columns[2:] == [f"{names[1]}_probability_{name}" for name in ("a b", "c/d", "é")]


def test_a_target_that_is_called_like_the_input_is_told_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    frame("features").to_csv("rows.csv", index=False)
    Path("rows.yaml").write_text(RECIPE.replace("y: {}", "features: {}"))
    (line,) = heard(capsys, "check", "rows.yaml")
    assert "targets.features.output: expected a name that no input has. Received: 'features'" in line
    assert main(["check", "rows.yaml", "targets.features.output=answer"]) == 0


@pytest.mark.parametrize("name", ["a b", "", "ä", "a/b"])
def test_the_name_of_an_output_layer_is_plain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    frame().to_csv("rows.csv", index=False)
    (line,) = heard(capsys, "check", "rows.yaml", f"targets.y.output='{name}'")
    assert line.startswith("override: targets.y.output: expected letters, digits")


def test_a_target_of_a_hundred_rare_classes_is_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    frame().assign(y=[f"c{i}" for i in range(90)]).to_csv("rows.csv", index=False)
    lines = heard(capsys, "check", "rows.yaml", "--data")
    assert len(lines) == 6
    assert lines[-1].endswith("and 85 more classes.")


def test_a_hundred_classes_that_only_test_rows_have_are_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    sets = ["train"] * 40 + ["val"] * 10 + ["test"] * 40
    classes = ["a", "b"] * 25 + [f"c{i % 20}" for i in range(40)]
    frame().assign(y=classes, set=sets).to_csv("rows.csv", index=False)
    words = ["data.split={kind: column, column: set}", "data.min_class_rows=1"]
    lines = heard(capsys, "check", "rows.yaml", "--data", *words)
    assert len(lines) == 6
    assert lines[-1].endswith("and 15 more in test.")


@pytest.mark.parametrize("encoding", ["base64", "rot13", "no-such"])
def test_an_encoding_that_is_none_of_text_is_refused(encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    frame().to_csv("rows.csv", index=False)
    (line,) = heard(capsys, "check", "rows.yaml", f"data.source.encoding={encoding}")
    assert f"expected an encoding of text that Python knows. Received: '{encoding}'" in line


def test_a_tab_can_be_named_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    frame().to_csv("rows.csv", index=False, sep="\t")
    (line,) = heard(capsys, "check", "rows.yaml")
    advice = line.partition("Set ")[2].partition(" (tab)")[0]
    assert advice == 'data.source.delimiter: "\\t"'
    assert main(["check", "rows.yaml", advice.replace(": ", "=")]) == 0
    for place, word in enumerate(["\\t", "tab", "\t"]):
        assert main(["new", "rows.csv", "--target", "y", "--delimiter", word, "--out", f"{place}.yaml"]) == 0
        assert load_config(Path(f"{place}.yaml")).config.data.source.delimiter == "\t"
    capsys.readouterr()
    assert "--delimiter: expected one character" in heard(capsys, "new", "rows.csv", "--target", "y", "--delimiter",
                                                          "", "--out", "never.yaml")[0]  # fmt: skip


def test_new_of_a_folder_is_called_after_the_folder(folder: Path) -> None:
    (folder / "parts").mkdir()
    frame().to_csv("parts/1.csv", index=False)
    assert main(["new", "parts", "--target", "y"]) == 0
    assert Path("parts.yaml").is_file()


def test_new_says_that_the_target_has_gaps(folder: Path) -> None:
    table = frame()
    table.loc[3, "y"] = np.nan
    table.to_csv("rows.csv", index=False)
    assert main(["new", "rows.csv", "--target", "y", "--out", "new.yaml"]) == 0
    assert 'missing_target: refuse   # or drop: rows without a value in "y"' in Path("new.yaml").read_text()
    assert main(["check", "new.yaml", "--data"]) == 2
    assert main(["check", "new.yaml", "--data", "data.missing_target=drop"]) == 0


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m nnrecipes ls --json | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that takes nothing")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "nnrecipes", "ls"], stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "nnrecipes: No space left on device\n")


def test_a_split_file_is_checked_by_its_header(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame().to_csv("rows.csv", index=False)
    split = "data.split={kind: file, path: %s}"
    (line,) = heard(capsys, "check", "rows.yaml", split % "nope.csv")
    assert line.startswith("override: data.split.path: expected a readable CSV file")
    for header, words in {"row_id,sets": "two columns", "u,set,v": "two columns", "w,set": "the first column"}.items():
        (folder / "sets.csv").write_text(f"{header}\n")
        (line,) = heard(capsys, "check", "rows.yaml", split % "sets.csv")
        assert words in line
    for header in ("row_id,set", "v,set"):
        (folder / "sets.csv").write_text(f"{header}\n")
        assert main(["check", "rows.yaml", split % "sets.csv"]) == 0


def test_a_prediction_never_takes_the_place_of_its_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame().to_csv("rows.csv", index=False)
    before = Path("rows.csv").read_bytes()
    (folder / "link.csv").symlink_to("rows.csv")
    for out in ("rows.csv", "./rows.csv", "link.csv"):
        (line,) = heard(capsys, "predict", "latest", "--data", "rows.csv", "--out", out)
        assert "--out: expected another file than --data" in line
    assert Path("rows.csv").read_bytes() == before
