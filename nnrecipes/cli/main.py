"""``nnrecipes``: words -> one command; an error of the user's is one message and exit status 2."""

import argparse
import os
import sys
from collections.abc import Sequence

from nnrecipes import __version__
from nnrecipes.cli import (
    anomaly,
    audit,
    check,
    compare,
    cp,
    crossval,
    denoise,
    embed,
    encode,
    evaluate,
    export,
    fetch,
    lr_find,
    ls,
    nearest,
    new,
    predict,
    recommend,
    refit,
    report,
    runs,
    schema,
    search,
    serve,
    show,
    similar,
    similarity,
    tensorboard,
    track,
    train,
    tune,
    zoo,
)
from nnrecipes.errors import NnRecipesError

COMMANDS = (train, ls, zoo, cp, new, schema, fetch, check, audit, crossval, runs, show, compare, evaluate, predict,
            export, recommend, similar, embed, similarity, search, encode, denoise, anomaly, nearest, refit, tune,
            lr_find, report, tensorboard, track, serve)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="nnrecipes",
        description="One YAML file to a trained, evaluated, reusable neural network.",
        epilog="Begin with: nnrecipes train iris_multi_output",
    )
    parser.add_argument("--version", action="version", version=f"nnrecipes {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add(commands)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        words: The command line without the program's name, ``sys.argv`` by default.

    Returns:
        0 when all went well, 1 where the system refuses (a full disk), 2 for a mistake in the input, 130 for Ctrl-C.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("MPLBACKEND", "Agg")
    arguments = _parse(words)
    try:
        status: int = arguments.command(arguments)
        sys.stdout.flush()
    except NnRecipesError as error:
        print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print("nnrecipes: interrupted", *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader has what it wanted, as in `nnrecipes runs | head`
        _forget_output()
        return 0
    except OSError as error:
        _forget_output()
        where = f"{error.filename}: " if error.filename else ""
        print(f"nnrecipes: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    return status


def _forget_output() -> None:
    """Keep Python from writing what standard output did not take a second time, at its end."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; overrides may stand behind options as well as before them."""
    parser = build_parser()
    arguments, rest = parser.parse_known_args(words)
    overrides = [word for word in rest if "=" in word and not word.startswith("-")]
    if rest and (not hasattr(arguments, "overrides") or len(overrides) < len(rest)):
        strange = next(word for word in rest if word not in overrides or not hasattr(arguments, "overrides"))
        parser.error(f"expected an option or argument of this command (see --help). Received: {strange}")
    if overrides:
        arguments.overrides = [*arguments.overrides, *overrides]
    return arguments
