"""Writes docs/checks.md: what ``nnrecipes check`` prints for wrong recipes and wrong data files.

Run ``python tests/generate_checks.py`` to write the file again, ``python tests/generate_checks.py -`` to print it.
"""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nnrecipes.cli.main import main

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"
MOST_LINES = 10


DISTRICTS, GARDENS = ("north", "south", "west"), ("no", "yes")


def houses(rows: int = 60) -> str:
    lines = [f"{40 + 7 * i % 83}.5,{2 + i % 4},{DISTRICTS[i % 3]},{GARDENS[i % 2]},{900 + 13 * i % 97}.25"
             for i in range(rows)]  # fmt: skip
    return "\n".join(["area,rooms,district,garden,price", *lines, ""])


RECIPE = """\
data:
  source: {kind: csv, path: houses.csv}
targets:
  price: {task: regression}
model: {kind: sequential, hidden_units: [16]}
training:
  epochs: 50
  callbacks:
    early_stopping: {patience: 5}
"""
CLASSES = RECIPE.replace("price: {task: regression}", "garden: {task: binary}")


@dataclass(frozen=True)
class Case:
    """One row: what is wrong, as the user would show it, and the files."""

    what: str
    shown: str
    recipe: str = RECIPE
    rows: str | bytes = field(default_factory=houses)
    others: tuple[tuple[str, str], ...] = ()


def swapped(old: str, new: str, recipe: str = RECIPE) -> str:
    if old not in recipe:
        raise ValueError(f"expected {old!r} in the recipe")
    return recipe.replace(old, new, 1)


CONFIGS = (
    Case("a misspelt key, three deep", "early_stopping: {patiense: 5}", swapped("patience", "patiense")),
    Case("a misspelt section", "target:", swapped("targets:", "target:")),
    Case("a section that is missing", "no `model`", swapped("model: {kind: sequential, hidden_units: [16]}\n", "")),
    Case("a wrong type", 'epochs: "50"', swapped("epochs: 50", 'epochs: "50"')),
    Case("an unknown kind", "source: {kind: cvs, ...}", swapped("kind: csv", "kind: cvs")),
    Case("a duplicate key", "`epochs` twice", swapped("epochs: 50\n", "epochs: 50\n  epochs: 80\n")),
    Case("a value out of range", "dropout: 1.5", swapped("[16]}", "[16], dropout: 1.5}")),
    Case(
        "a column that the file does not have",
        "features: [area, rooms, distrct]",
        swapped("houses.csv}\n", "houses.csv}\n  features: [area, rooms, distrct]\n"),
    ),
    Case(
        "the target among the features",
        "features: [area, price]",
        swapped("houses.csv}\n", "houses.csv}\n  features: [area, price]\n"),
    ),
    Case(
        "a monitor that no epoch logs",
        "monitor: val_acuracy",
        swapped("callbacks:\n", "callbacks:\n    monitor: val_acuracy\n", CLASSES),
    ),
    Case(
        "a loss that does not fit the output",
        "task: regression, loss: binary_crossentropy",
        swapped("regression}", "regression, loss: binary_crossentropy}"),
    ),
    Case(
        "an activation that does not fit the target",
        "task: regression, activation: softmax",
        swapped("regression}", "regression, activation: softmax}"),
    ),
    Case(
        "a layer without its argument, an activation that Keras lacks",
        "layers: [{kind: Dense}, {kind: Dense, units: 8, activation: rellu}]",
        swapped(
            "{kind: sequential, hidden_units: [16]}",
            "{kind: layers, layers: [{kind: Dense}, {kind: Dense, units: 8, activation: rellu}]}",
        ),
    ),
    Case(
        "two targets for a model of one output",
        "targets: price, garden",
        swapped("regression}\n", "regression}\n  garden: {task: binary}\n"),
    ),
    Case("no YAML", "a tab before a key", swapped("  epochs", "\tepochs")),
)

SETS = ["train"] * 40 + ["val"] * 10 + ["test"] * 10


def with_set(rows: str) -> str:
    header, *lines = rows.splitlines()
    return "\n".join([f"{header},set", *(f"{line},{name}" for line, name in zip(lines, SETS, strict=True)), ""])


def changed(row: int, old: str, new: str, rows: str | None = None) -> str:
    """The table with one value of one row (0-based) replaced."""
    lines = (rows or houses()).splitlines()
    if old not in lines[row + 1]:
        raise ValueError(f"expected {old!r} in {lines[row + 1]!r}")
    lines[row + 1] = lines[row + 1].replace(old, new, 1)
    return "\n".join([*lines, ""])


BY_COLUMN = swapped("houses.csv}\n", "houses.csv}\n  split: {kind: column, column: set}\n", CLASSES)
BY_FILE = swapped("houses.csv}\n", "houses.csv}\n  split: {kind: file, path: sets.csv}\n")
DATA = (
    Case("an empty file", "0 bytes", rows=""),
    Case("rows shorter and longer than the header", "61 rows, the last two of 3 and 6 values",
         rows=houses(59) + "71.5,3,north\n80.5,2,west,no,910,7\n"),
    Case("another delimiter", "semicolons", rows=houses().replace(",", ";")),
    Case("a header with a name twice", "area,rooms,area,...", rows=houses().replace("district", "area", 1)),
    Case("bytes that are not UTF-8", "Süd in cp1252", rows=changed(7, "south", "Süd").encode("cp1252")),
    Case("a quote that is never closed", '"north', rows=changed(6, "north", '"north')),
    Case("text in a column of numbers", "area: about 60", rows=changed(3, "61.5", "about 60")),
    Case("an infinite value", "area: inf", rows=changed(3, "61.5", "inf")),
    Case("a missing value and no policy", "area: nothing", rows=changed(3, "61.5", "")),
    Case("a target without a value", "price: NA", rows=changed(3, "939.25", "NA")),
    Case("a class with one row", "garden: maybe", CLASSES.replace("binary", "multiclass"), changed(5, "yes", "maybe")),
    Case("one class only", "garden: no, sixty times", CLASSES, houses().replace("yes", "no")),
    Case("a class that only test rows have", "garden: no in the last ten rows, never before", BY_COLUMN,
         "\n".join([line.replace(",no,", ",yes,") if i <= 50 else line
                    for i, line in enumerate(with_set(houses()).splitlines())] + [""])),
    Case("a split file that leaves rows out", "sets.csv ends after 58 of 60 rows", BY_FILE,
         others=(("sets.csv", "row_id,set\n" + "".join(f"{i},{name}\n" for i, name in enumerate(SETS[:58]))),)),
    Case("nothing to learn from", "an identifier and a constant",
         rows="id,country,price\n" + "".join(f"{i},NO,{900 + 13 * i % 97}.25\n" for i in range(60))),
)  # fmt: skip
NOTICES = (
    Case("a byte-order mark", "before the header", rows=b"\xef\xbb\xbf" + houses().encode()),
    Case("an identifier", "id: 100, 101, 102, ...", rows="\n".join(
        f"{'id' if i == 0 else 99 + i},{line}" for i, line in enumerate(houses().splitlines())) + "\n"),
    Case("a constant column and an empty one", "country: NO; note: nothing", rows="\n".join(
        line + (",country,note" if i == 0 else ",NO,") for i, line in enumerate(houses().splitlines())) + "\n"),
    Case("rows that stand in two sets", "every row twice", rows=houses() + houses().partition("\n")[2]),
    Case("a target without a task", "price: {}", swapped("{task: regression}", "{}")),
)  # fmt: skip


@contextlib.contextmanager
def folder_of(case: Case) -> Iterator[Path]:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve()
        (path / "houses.yaml").write_text(case.recipe, "utf-8")
        (path / "houses.csv").write_bytes(case.rows if isinstance(case.rows, bytes) else case.rows.encode())
        for other, text in case.others:
            (path / other).write_text(text, "utf-8")
        os.chdir(path)
        try:
            yield path
        finally:
            os.chdir(here)


def printed(case: Case, *words: str, status: int) -> list[str]:
    """What the command says, without the folder's own name."""
    out, err = io.StringIO(), io.StringIO()
    with folder_of(case) as path, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        found = main(["check", "houses.yaml", *words])
        text = (out.getvalue() if status == 0 else err.getvalue()).replace(f"{path}{os.sep}", "")
    lines = text.splitlines()
    if found != status or (status and (out.getvalue() or not 0 < len(lines) <= MOST_LINES)):
        raise ValueError(f"{case.what}: expected status {status}, 1 to {MOST_LINES} lines. Received: {found}: {text}")
    return lines


def table(head: str, rows: list[tuple[str, str, list[str]]]) -> list[str]:
    lines = [f"| # | {head} | for instance | printed |", "|---|---|---|---|"]
    for place, (what, shown, said) in enumerate(rows, 1):
        cell = "<br>".join(f"`{_cell(line)}`" for line in said)
        lines.append(f"| {place} | {what} | `{_cell(shown)}` | {cell} |")
    return [*lines, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")


def page() -> str:
    """The whole of docs/checks.md."""
    configs = [(case.what, case.shown, printed(case, status=2)) for case in CONFIGS]
    data = [(case.what, case.shown, printed(case, "--data", status=2)) for case in DATA]
    notices = [(case.what, case.shown, _notices(printed(case, "--data", status=0))) for case in NOTICES]
    heavy = {"tensorflow", "keras"} & set(sys.modules)
    if heavy:
        raise ValueError(f"expected checks without TensorFlow. Received: {heavy}")
    return "\n".join([
        "# What a check says", "",
        "Written by `python tests/generate_checks.py`; a test compares it. Exit status 2, nothing trained, TensorFlow not",
        "imported.", "",
        "## Fifteen wrong recipes: `nnrecipes check houses.yaml`", "", *table("mistake", configs),
        "## Fifteen wrong data files: `nnrecipes check houses.yaml --data`", "", *table("mistake", data),
        "## Said, not refused: the same command, exit status 0", "", *table("rows", notices),
    ]).rstrip("\n") + "\n"  # fmt: skip


def _notices(lines: list[str]) -> list[str]:
    """What follows the table of columns, without the last line."""
    start = next(i for i, line in enumerate(lines) if line.startswith("rows: "))
    return lines[start:-1]


if __name__ == "__main__":
    if sys.argv[1:] == ["-"]:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page(), "utf-8")
