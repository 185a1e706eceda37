"""Arguments and output that several commands share."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

Commands = Any


def add_recipe(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """The recipe and its overrides."""
    about = "a YAML file, or the name of a shipped recipe (see: nnrecipes ls)"
    parser.add_argument("recipe", metavar="CONFIG", nargs="?" if optional else None, help=about)
    parser.add_argument(
        "overrides", metavar="KEY=VALUE", nargs="*", default=[], help="overrides, such as training.epochs=20"
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """The run and the folder of runs."""
    parser.add_argument("run", metavar="RUN", help="a run's folder, the beginning of its id, or latest")
    add_runs_dir(parser)


def add_runs_dir(parser: argparse.ArgumentParser) -> None:
    """The folder of runs."""
    parser.add_argument(
        "--runs", dest="runs_dir", metavar="DIR", help="folder of all runs (default: $NNRECIPES_RUNS or ./runs)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def say(line: str) -> None:
    """A line for the user that is not the answer itself."""
    print(line, file=sys.stderr, flush=True)


def print_json(values: Any) -> None:
    """The answer, for a program."""
    print(json.dumps(values, indent=1, ensure_ascii=False))


def print_table(rows: Iterable[Sequence[object]]) -> None:
    """The answer, in aligned columns; the last one is not padded."""
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)] if lines else []
    for line in lines:
        print(
            "  ".join([*(cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=False)), line[-1]]).rstrip()
        )
