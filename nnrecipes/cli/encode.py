"""``nnrecipes encode``: the codes of the rows of a file, by an autoencoder's run."""

import argparse

from nnrecipes.cli.common import Commands
from nnrecipes.cli.rows_out import add_rows, out_file, write_rows


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("encode", help="an autoencoder's codes of the rows of a file: code_1, code_2, ...")
    add_rows(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Encode in blocks, in the file's order; the output file is whole or absent."""
    from nnrecipes.inference.any_run import load_autoencoder_run

    out = out_file(arguments)
    finished = load_autoencoder_run(arguments.run, runs_dir=arguments.runs_dir)
    write_rows(finished.encode_batches(arguments.data), out, arguments)
    return 0
