"""``nnrecipes tune``: a recipe with a ``tuning`` section to the best values of its search, and a run with them."""

import argparse
import sys
from typing import Any

from nnrecipes.cli.common import Commands, add_json, add_recipe, add_runs_dir, print_json, say


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("tune", help="search over a recipe's keys, then train the winner (extra: tune)")
    add_recipe(parser)
    add_runs_dir(parser)
    parser.add_argument("--trials", type=int, metavar="N", help="short for tuning.trials=N; those already there count")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds after which no trial begins")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that share the study")
    parser.add_argument("--study", metavar="FILE", help="journal of the study, or the URL of a database")
    parser.add_argument("--no-run", action="store_true", help="leave the winner untrained: best.yaml has its values")
    parser.add_argument("--quiet", action="store_true", help="no line a trial")
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Search; print the winner's values and, last, its run's folder."""
    from nnrecipes.tuning.tune import Search, tune

    notify = None if arguments.quiet else say
    settings: dict[str, Any] = {"trials": arguments.trials, "timeout": arguments.timeout, "study": arguments.study,
                                "runs_dir": arguments.runs_dir}  # fmt: skip
    if arguments.part:  # one of several processes: it only searches
        Search(arguments.recipe, arguments.overrides, **settings).go(notify or (lambda _: None))
        return 0
    words = [*arguments.overrides, *([] if sys.stderr.isatty() else ["training.callbacks.progress=false"])]
    found = tune(arguments.recipe, words, workers=arguments.workers, retrain=not arguments.no_run, notify=notify,
                 table=not arguments.quiet and sys.stderr.isatty(), **settings)  # fmt: skip
    if arguments.json:
        scores = dict(zip(found.objectives, found.scores, strict=True))
        print_json({
            "study": str(found.folder), "best": found.best, "scores": scores,
            "fresh": {name: {"winner": own, "default": default} for name, (own, default) in found.fresh.items()},
            "finalists": found.finalists, "trials": found.trials,
            "run": None if found.run is None else str(found.run.path),
            "metrics": None if found.run is None else found.run.metrics,
        })  # fmt: skip
        return 0
    print(*(f"{key}: {value}" for key, value in found.best.items()), sep="\n")
    print(f"study: {found.folder} (study.html, best.yaml)")
    if found.run is not None:
        from nnrecipes.inference.summary import summary_text

        print(summary_text(found.run.metrics, found.run.advice))
        print(found.run.path)
    return 0
