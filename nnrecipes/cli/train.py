"""``nnrecipes train``: a recipe, or a run that was stopped, to a finished run; the last line names its folder."""

import argparse
from typing import TYPE_CHECKING

from nnrecipes.cli.common import Commands, add_json, add_recipe, add_runs_dir, print_json, say
from nnrecipes.errors import ConfigError

if TYPE_CHECKING:
    from nnrecipes.inference.run import Run


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "train", help="train a recipe, score it on the test rows, keep everything in a run folder"
    )
    add_recipe(parser, optional=True)
    add_runs_dir(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="short for seed=N")
    parser.add_argument("--workers", type=int, metavar="N", help="processes that train together (extra: distributed)")
    parser.add_argument(
        "--address", metavar="WHERE", help="of the Ray cluster of the workers: auto, HOST:PORT, ray://..."
    )
    parser.add_argument("--quiet", action="store_true", help="no progress and no notices")
    parser.add_argument(
        "--resume", metavar="RUN", help="in place of CONFIG: go on with a run that was stopped (latest: the latest)"
    )
    parser.add_argument("--force", action="store_true", help="resume although versions of libraries are others")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Train; print the scores and, last, the run's folder."""
    from nnrecipes.inference.summary import summary_text

    finished = _resume(arguments) if arguments.resume else _train(arguments)
    if arguments.json:
        advice = [item.to_dict() for item in finished.advice]
        print_json({"run": str(finished.path), "metrics": finished.metrics, "advice": advice})
    else:
        print(summary_text(finished.metrics, finished.advice))
        print(finished.path)
    return 0


def _train(arguments: argparse.Namespace) -> "Run":
    from nnrecipes.recipe import train

    if arguments.recipe is None:
        raise ConfigError("train: expected CONFIG, a YAML file or a shipped recipe's name. Received: nothing.")
    if arguments.force:
        raise ConfigError("train: expected --force together with --resume RUN. Received: --force alone.")
    words = list(arguments.overrides)
    words += [f"seed={arguments.seed}"] if arguments.seed is not None else []
    words += _workers(arguments)
    words += ["training.callbacks.progress=false"] if arguments.quiet or arguments.json else []
    return train(arguments.recipe, words, runs_dir=arguments.runs_dir, notify=None if arguments.quiet else say)


def _workers(arguments: argparse.Namespace) -> list[str]:
    if arguments.address is not None and arguments.workers is None:
        raise ConfigError("train: expected --workers N together with --address. Received: --address alone.")
    words = [f"training.distributed.workers={arguments.workers}"] if arguments.workers is not None else []
    return [*words, *([f"training.distributed.address={arguments.address}"] if arguments.address is not None else [])]


def _resume(arguments: argparse.Namespace) -> "Run":
    from nnrecipes.recipe import resume

    words = [arguments.recipe, *arguments.overrides] if arguments.recipe else []
    for name in ("seed", "workers", "address"):
        words += [f"--{name} {value}"] if (value := getattr(arguments, name)) is not None else []
    if words:
        received = ", ".join(words)
        raise ConfigError(
            f"train --resume: expected no recipe and no override, as the run has both. Received: {received}."
        )
    return resume(
        arguments.resume,
        runs_dir=arguments.runs_dir,
        progress=not (arguments.quiet or arguments.json),
        force=arguments.force,
        notify=None if arguments.quiet else say,
    )
