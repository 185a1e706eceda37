"""Two replicas in one process against ``Model.fit``."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nnrecipes.distributed.followed import followed

WORK = ["clipped, weighted", "tables", "unequal", "statistics"]


@pytest.fixture(scope="module")
def found():
    program = Path(__file__).parent / "replicas_on_cpu.py"
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_there_are_two(found):
    assert found["replicas"] == 2


@pytest.mark.parametrize("work", WORK)
def test_two_replicas_log_and_learn_what_one_does(found, work):
    assert found[work] < 1e-5


def test_lines_of_a_file_are_said_as_they_come(tmp_path):
    path, said = tmp_path / "log", []
    path.write_text("old\n")
    with followed(path, said.append), path.open("a") as file:
        file.write("one\ntw")
        file.flush()
        file.write("o\n")
    assert said == ["one", "two"]
