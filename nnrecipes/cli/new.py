"""``nnrecipes new``: a commented recipe for a file of yours."""

import argparse
import shlex
from pathlib import Path

from nnrecipes.cli.common import Commands, say
from nnrecipes.config.presets import MODEL
from nnrecipes.config.shipped import with_schema
from nnrecipes.errors import ConfigError
from nnrecipes.runs.files import write_text

PRESETS = tuple(MODEL)


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("new", help="write a commented recipe from a CSV or Parquet file")
    parser.add_argument("data", metavar="DATA", help="a CSV or Parquet file")
    parser.add_argument(
        "--target", action="append", required=True, metavar="COLUMN", help="what to predict (may be given again)"
    )
    parser.add_argument(
        "--out", metavar="FILE", help="where to (default: DATA's name with .yaml, in the current folder)"
    )
    parser.add_argument("--delimiter", default=",", help="of a CSV file, such as ';' or tab (default: a comma)")
    parser.add_argument(
        "--preset", choices=PRESETS, help="a tabular network whose preset writes preprocessing, model and training"
    )
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the recipe, never over a file unless told so."""
    from nnrecipes.cli.draft import draft_recipe

    data = Path(arguments.data).expanduser()
    out = Path(arguments.out or f"{data.absolute().stem or 'recipe'}.yaml")
    if out.exists() and not arguments.force:
        raise ConfigError(f"{out}: expected a file that does not exist yet (or --force). Received: one that does.")
    delimiter = "\t" if arguments.delimiter in {"\\t", "tab"} else arguments.delimiter
    if len(delimiter) != 1:
        raise ConfigError(f"--delimiter: expected one character, or tab. Received: {delimiter!r}.")
    text = draft_recipe(data, list(dict.fromkeys(arguments.target)), out, delimiter, arguments.preset)
    write_text(out, with_schema(text))
    say(f"Wrote {out}. Read it, then: nnrecipes train {shlex.quote(str(out))}")
    return 0
