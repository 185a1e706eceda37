"""What the commands that answer a file of rows share: their arguments, and blocks of answers to a file."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nnrecipes.cli.common import add_run, say
from nnrecipes.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = {".csv", ".parquet", ".json"}


def add_rows(parser: argparse.ArgumentParser) -> None:
    """RUN, ``--data``, ``--out`` and ``--json``."""
    add_run(parser)
    parser.add_argument("--data", required=True, metavar="FILE",
                        help="rows: CSV, Parquet, IDX, a folder or zip archive of images")  # fmt: skip
    parser.add_argument("--out", metavar="FILE", help=".csv, .parquet or .json (default: CSV on standard output)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row")


def out_file(arguments: argparse.Namespace) -> Path | None:
    """Return where answers go, None for standard output.

    Raises:
        DataError: A file of another kind, or the rows' own.
    """
    out = Path(arguments.out) if arguments.out else None
    if out is not None and out.suffix not in ENDINGS:
        raise DataError(f"--out: expected a name that ends in .csv, .parquet or .json. Received: {str(out)!r}.")
    if out is not None and out.exists() and Path(arguments.data).exists() and out.samefile(arguments.data):
        raise DataError(f"--out: expected another file than --data. Received: {str(out)!r}, which would be lost.")
    return out


def write_rows(frames: "Iterator[pd.DataFrame]", out: Path | None, arguments: argparse.Namespace) -> int:
    """Write every block and return the number of rows."""
    from nnrecipes.inference.write import write_frames

    rows = write_frames(frames, out, sys.stdout, json_lines=arguments.json)
    if out is not None:
        say(f"Wrote {rows:,} rows to {out}")
    return rows
