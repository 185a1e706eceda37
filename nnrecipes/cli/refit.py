"""``nnrecipes refit``: a finished run's recipe on more rows, before it serves."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run, print_json, say


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("refit", help="train a run's recipe again on training and validation rows, or on all")
    add_run(parser)
    parser.add_argument("--rows", choices=("train_validation", "all"), default="train_validation",
                        help="rows to fit on; all leaves none to score (default: train_validation)")  # fmt: skip
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Refit; print the scores, if rows are left, and last the new run's folder."""
    from nnrecipes.inference.summary import summary_text
    from nnrecipes.refitting import refit

    new = refit(arguments.run, rows=arguments.rows, runs_dir=arguments.runs_dir, notify=None if arguments.json else say)
    if arguments.json:
        print_json({"run": str(new.path), "metrics": new.metrics})
        return 0
    if new.metrics:
        print(summary_text(new.metrics))
    else:
        say(f"No rows are left to score this network: its recipe's scores are those of {new.config.refit_of}")
    print(new.path)
    return 0
