"""``nnrecipes compare``: two runs side by side."""

import argparse
import json
from typing import Any

from nnrecipes.cli.common import Commands, add_json, add_runs_dir, print_json, print_table

LONGEST = 48  # characters of a value in the table


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare", help="what differs between two runs: recipe and test scores, with intervals"
    )
    for name in ("a", "b"):
        parser.add_argument(name, metavar=name.upper(), help="a run's folder, the beginning of its id, or latest")
    add_runs_dir(parser)
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the differences."""
    from nnrecipes.inference.compare import compare

    found = compare(arguments.a, arguments.b, runs_dir=arguments.runs_dir)
    if arguments.json:
        print_json(found)
    else:
        _print(found)
    return 0


def _print(found: dict[str, Any]) -> None:
    a, b = found["a"], found["b"]
    print_table([("", "A", "B"), *((name, _value(a, name), _value(b, name)) for name in a if name != "path")])
    print()
    if found["config"]:
        print_table(
            [("key", "A", "B"), *((key, _value(row, "a"), _value(row, "b")) for key, row in found["config"].items())]
        )
    else:
        print("The recipes are the same.")
    print()
    rows = [
        (target, name, *(_number(row[key]) for key in ("a", "b", "difference")), _interval(row))
        for target, scored in found["targets"].items()
        for name, row in scored.get("metrics", {}).items()
    ]
    if rows:
        print_table([("target", "metric", "A", "B", "B - A", f"{found['confidence'] * 100:.4g} % interval"), *rows])
        print()
    for scored in found["targets"].values():
        print(scored["sentence"])


def _value(row: dict[str, Any], key: str) -> str:
    if key not in row:
        return "–"
    value = row[key]
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _interval(row: dict[str, Any]) -> str:
    return "–" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}"
