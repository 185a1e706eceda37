"""``nnrecipes train``: a recipe to a finished run; the last line names its folder."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_recipe, add_runs_dir, print_json, say


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "train", help="train a recipe, score it on the test rows, keep everything in a run folder"
    )
    add_recipe(parser)
    add_runs_dir(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="short for seed=N")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notices")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Train; print the scores and, last, the run's folder."""
    from nnrecipes.inference.summary import summary_text
    from nnrecipes.recipe import train

    words = list(arguments.overrides)
    words += [f"seed={arguments.seed}"] if arguments.seed is not None else []
    words += ["training.callbacks.progress=false"] if arguments.quiet or arguments.json else []
    finished = train(arguments.recipe, words, runs_dir=arguments.runs_dir, notify=None if arguments.quiet else say)
    if arguments.json:
        print_json({"run": str(finished.path), "metrics": finished.metrics})
    else:
        print(summary_text(finished.metrics))
        print(finished.path)
    return 0
