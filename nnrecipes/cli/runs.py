"""``nnrecipes runs``: what has been trained."""

import argparse
from typing import Any

from nnrecipes.cli.common import Commands, add_json, add_runs_dir, print_json, print_table, say
from nnrecipes.errors import RunError
from nnrecipes.runs.files import read_json
from nnrecipes.runs.find import list_folders
from nnrecipes.runs.integrity import check_file, read_provenance
from nnrecipes.runs.layout import RunFolder, runs_root


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("runs", help="list the runs")
    add_runs_dir(parser)
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a run, oldest first."""
    rows = [describe(folder) for folder in list_folders(arguments.runs_dir)]
    if arguments.json:
        print_json(rows)
    elif rows:
        print_table(
            [("run", "recipe", "state", "test"), *((r["id"], r["recipe"], r["state"], _scores(r)) for r in rows)]
        )
    else:
        say(f"No runs under {runs_root(arguments.runs_dir)}. Begin with: nnrecipes train iris_multi_output")
    return 0


def describe(folder: RunFolder) -> dict[str, Any]:
    """Id, recipe, state and the test scores of a run."""
    state, metrics = "unfinished", {}
    if folder.finished:
        try:
            metrics = read_json(check_file(folder, folder.metrics, read_provenance(folder)))
            state = "finished"
        except RunError:
            state = "damaged"  # show says what it is
    scores = {
        target: {name: value["value"] for name, value in row["metrics"].items()} for target, row in metrics.items()
    }
    return {"id": folder.id, "recipe": folder.recipe, "state": state, "path": str(folder.path), "test": scores}


def _scores(row: dict[str, Any]) -> str:
    parts = []
    for target, scores in row["test"].items():
        name, value = next(((n, v) for n, v in scores.items() if v is not None), ("", None))
        parts.append(f"{target} {name} {value:.4g}" if value is not None else target)
    return ", ".join(parts)
