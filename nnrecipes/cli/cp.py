"""``nnrecipes cp``: a copy of a shipped recipe to change."""

import argparse
import sys
from pathlib import Path

from nnrecipes.cli.common import Commands, say
from nnrecipes.config.shipped import find_recipe, with_schema
from nnrecipes.errors import ConfigError
from nnrecipes.runs.files import write_text


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("cp", help="copy a shipped recipe to a file of yours")
    parser.add_argument("recipe", metavar="NAME", help="a shipped recipe (see: nnrecipes ls)")
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="where to (default: NAME.yaml in the current folder; - prints it)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Copy, never over a file unless told so."""
    text = with_schema(find_recipe(arguments.recipe).read_text("utf-8"))
    if arguments.file == "-":
        sys.stdout.write(text)
        return 0
    target = Path(arguments.file or f"{arguments.recipe}.yaml")
    if target.is_dir():
        target = target / f"{arguments.recipe}.yaml"
    if target.exists() and not arguments.force:
        raise ConfigError(f"{target}: expected a file that does not exist yet (or --force). Received: one that does.")
    write_text(target, text)
    say(f"Wrote {target}. Next: nnrecipes train {target}")
    return 0
