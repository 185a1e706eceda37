"""Advice on the command line: printed, in JSON, and never an error."""

import json

import pytest

from nnrecipes.cli.main import main


def test_check_prints_advice_and_still_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sequential_wine", "training.batch_size=20000"]) == 0
    shown = capsys.readouterr().out
    assert "no problem found" in shown
    assert "advice: Batches of 20,000 rows" in shown
    assert "Try training.batch_size=1024" in shown


def test_check_gives_advice_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sequential_wine", "model.dropout=0.5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"]
    assert [set(item) for item in answer["advice"]] == [{"kind", "sentence", "override"}]
    assert main(["check", "sequential_wine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["advice"] == []


def test_rows_that_were_read_sharpen_the_advice(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["preprocessing.numeric.scale=none", "training.batch_size=200"]
    assert main(["check", "sequential_wine", "--data", "--json", *words]) == 0
    told = {item["kind"]: item["sentence"] for item in json.loads(capsys.readouterr().out)["advice"]}
    assert set(told) == {"unscaled_inputs", "batch_size"}
    assert "the standard deviation of proline is 3" in told["unscaled_inputs"]
    assert "1 updates an epoch of 114 training rows" in told["batch_size"]


def test_check_with_advice_imports_no_numpy() -> None:
    import subprocess
    import sys

    code = ("import sys; from nnrecipes.cli.main import main; main(['check', 'sequential_wine', 'model.dropout=0.5']); "
            "print(sorted({'numpy', 'pandas', 'tensorflow'} & set(sys.modules)))")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "advice: Dropout after each" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
