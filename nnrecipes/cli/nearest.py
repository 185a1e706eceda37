"""``nnrecipes nearest``: the training rows most like each row of a file, by an autoencoder's codes."""

import argparse

from nnrecipes.cli.common import Commands
from nnrecipes.cli.rows_out import add_rows, out_file, write_rows


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("nearest", help="the training rows most like each row of a file, by their codes")
    add_rows(parser)
    parser.add_argument("-k", type=int, default=10, metavar="N", help="neighbours of each row (default: 10)")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write query, rank, row_id, label and distance, the nearest of each row first."""
    from nnrecipes.inference.any_run import load_autoencoder_run

    out = out_file(arguments)
    finished = load_autoencoder_run(arguments.run, runs_dir=arguments.runs_dir)
    write_rows(iter([finished.nearest(arguments.data, arguments.k)]), out, arguments)
    return 0
