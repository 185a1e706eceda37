"""``nnrecipes evaluate``: the scores of a run on new labelled rows."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run, print_json


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("evaluate", help="score a run on new labelled rows")
    add_run(parser)
    parser.add_argument("--data", required=True, metavar="FILE", help="a CSV or Parquet file with features and targets")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the metrics of each target with their intervals."""
    from nnrecipes.inference.run import load_run
    from nnrecipes.inference.summary import summary_text

    scores = load_run(arguments.run, runs_dir=arguments.runs_dir).evaluate(arguments.data)
    if arguments.json:
        print_json(scores)
    else:
        print(summary_text(scores))
    return 0
