"""``nnrecipes ls``: the shipped recipes."""

import argparse

from nnrecipes.cli.common import Commands, add_json, print_json, print_table
from nnrecipes.config.shipped import recipe_names, shipped, summary


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("ls", help="list the shipped recipes")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print name and first sentence of each recipe."""
    rows = [(name, summary(shipped("configs") / f"{name}.yaml")) for name in recipe_names()]
    if arguments.json:
        print_json([{"name": name, "summary": text} for name, text in rows])
    else:
        print_table(rows)
    return 0
