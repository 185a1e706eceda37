"""``nnrecipes audit``: is the recipe free of leaks on its own data? Exit status 1 where it is not."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_recipe, print_json


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "audit", help="change validation and test rows and prove that training sees nothing of it, without TensorFlow"
    )
    add_recipe(parser)
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was changed, what was checked, and the verdict in the last line."""
    from nnrecipes.audit import audit

    found = audit(arguments.recipe, arguments.overrides)
    if arguments.json:
        print_json(found.to_dict())
    else:
        print(found)
    return 0 if found.clean else 1
