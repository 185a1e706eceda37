"""``nnrecipes predict``: named answers for the rows of a file."""

import argparse
import sys
from pathlib import Path

from nnrecipes.cli.common import Commands, add_run, say
from nnrecipes.errors import DataError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("predict", help="answer the rows of a CSV or Parquet file")
    add_run(parser)
    parser.add_argument(
        "--data", required=True, metavar="FILE", help="a CSV or Parquet file with the features; targets are not needed"
    )
    parser.add_argument("--out", metavar="FILE", help=".csv, .parquet or .json (default: CSV on standard output)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Predict in blocks, in the file's order; the output file is whole or absent."""
    from nnrecipes.inference.run import load_run
    from nnrecipes.inference.write import write_frames

    out = Path(arguments.out) if arguments.out else None
    if out is not None and out.suffix not in {".csv", ".parquet", ".json"}:
        raise DataError(f"--out: expected a name that ends in .csv, .parquet or .json. Received: {str(out)!r}.")
    if out is not None and out.exists() and Path(arguments.data).exists() and out.samefile(arguments.data):
        raise DataError(f"--out: expected another file than --data. Received: {str(out)!r}, which would be lost.")
    finished = load_run(arguments.run, runs_dir=arguments.runs_dir)
    frames = finished.predict_batches(arguments.data, engine="auto")
    rows = write_frames(frames, out, sys.stdout, json_lines=arguments.json)
    for name, count in finished.unseen.items():
        if count:
            say(f"{name}: {count:,} of {rows:,} rows have a category that training did not have")
    if out is not None:
        say(f"Wrote {rows:,} rows to {out}")
    say(f"Answered by {finished.engine}.")
    return 0
