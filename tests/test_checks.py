"""docs/checks.md says what the checks really print."""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"


def test_the_tables_of_mistakes_are_what_is_printed_without_tensorflow() -> None:
    script = Path(__file__).with_name("generate_checks.py")
    done = subprocess.run([sys.executable, str(script), "-"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == PAGE.read_text("utf-8"), "write it again with: python tests/generate_checks.py"


def test_each_table_has_fifteen_mistakes() -> None:
    parts = PAGE.read_text("utf-8").split("## ")[1:3]
    assert [sum(line[2].isdigit() for line in part.splitlines() if line.startswith("| ")) for part in parts] == [15, 15]
