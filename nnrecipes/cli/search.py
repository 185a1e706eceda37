"""``nnrecipes search``: the rows of a recipe that are nearest to rows of a user's."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run
from nnrecipes.cli.recommend import print_frame


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("search", help="the rows of a siamese run's recipe that are nearest to others")
    add_run(parser)
    parser.add_argument("--data", required=True, metavar="FILE", help="a table, an image, or a folder or zip of images")
    parser.add_argument("-k", type=int, default=5, metavar="N", help="rows a query (default: 5)")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list, the nearest first."""
    from nnrecipes.inference.run import load_run

    found = load_run(arguments.run, runs_dir=arguments.runs_dir).search(arguments.data, k=arguments.k)
    print_frame(found, as_json=arguments.json)
    return 0
