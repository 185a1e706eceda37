"""``nnrecipes embed``: the vectors of rows, by a run with an identity target."""

import argparse
import sys
from pathlib import Path

from nnrecipes.cli.common import Commands, add_run, say
from nnrecipes.errors import DataError

ENDINGS = {".csv", ".parquet", ".json"}


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("embed", help="vectors of rows, near each other where the identity is the same")
    add_run(parser)
    parser.add_argument("--data", required=True, metavar="FILE", help="a table, an image, or a folder or zip of images")
    parser.add_argument("--out", metavar="FILE", help=".csv, .parquet or .json (default: CSV on standard output)")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write one row a row: ``embedding_1``, ..."""
    import pandas as pd

    from nnrecipes.inference.run import load_run
    from nnrecipes.inference.write import write_frames

    out = Path(arguments.out) if arguments.out else None
    if out is not None and out.suffix not in ENDINGS:
        raise DataError(f"--out: expected a name that ends in .csv, .parquet or .json. Received: {str(out)!r}.")
    vectors = load_run(arguments.run, runs_dir=arguments.runs_dir).embed(arguments.data)
    frame = pd.DataFrame(vectors, columns=[f"embedding_{place + 1}" for place in range(vectors.shape[1])])
    rows = write_frames(iter([frame]), out, sys.stdout)
    if out is not None:
        say(f"Wrote {rows:,} rows to {out}")
    return 0
