"""``nnrecipes crossval``: a recipe's scores over folds, with mean and spread, beside those of the baselines."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_recipe, print_json, say


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("crossval", help="train and score a recipe on k folds; its test rows stay untouched")
    add_recipe(parser)
    parser.add_argument("--folds", type=int, default=5, metavar="K", help="how many parts the rows are cut in (5)")
    parser.add_argument("--seed", type=int, metavar="N", help="short for seed=N")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notices")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print mean and standard deviation of each metric over the folds."""
    from nnrecipes.cross_validation import cross_validate

    words = list(arguments.overrides)
    words += [f"seed={arguments.seed}"] if arguments.seed is not None else []
    words += ["training.callbacks.progress=false"] if arguments.quiet or arguments.json else []
    found = cross_validate(arguments.recipe, words, folds=arguments.folds, notify=None if arguments.quiet else say)
    if arguments.json:
        print_json(found.to_dict())
    else:
        print(found)
    return 0
