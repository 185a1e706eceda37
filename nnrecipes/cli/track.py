"""``nnrecipes track``: a finished run to a tracker of experiments."""

import argparse

from nnrecipes.cli.common import Commands, add_run


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("track", help="log a finished run to MLflow: settings, curves, scores, its folder")
    add_run(parser)
    parser.add_argument("--to", default="mlflow", metavar="TRACKER", help="mlflow (default)")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Log it, once, and print where."""
    from nnrecipes.runs.find import find_run
    from nnrecipes.runs.trackers import track

    print(track(find_run(arguments.run, arguments.runs_dir), arguments.to))
    return 0
