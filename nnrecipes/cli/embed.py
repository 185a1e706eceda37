"""``nnrecipes embed``: the vectors of rows, by a run with an identity target."""

import argparse

from nnrecipes.cli.common import Commands
from nnrecipes.cli.rows_out import add_rows, out_file, write_rows


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("embed", help="vectors of rows, near each other where the identity is the same")
    add_rows(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write one row a row: ``embedding_1``, ...; the output file is whole or absent."""
    import pandas as pd

    from nnrecipes.inference.run import load_run

    out = out_file(arguments)
    vectors = load_run(arguments.run, runs_dir=arguments.runs_dir).embed(arguments.data)
    frame = pd.DataFrame(vectors, columns=[f"embedding_{place + 1}" for place in range(vectors.shape[1])])
    write_rows(iter([frame]), out, arguments)
    return 0
