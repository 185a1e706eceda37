"""``nnrecipes lr-find``: a recipe to a learning rate to begin with, a batch size, and the picture of the test."""

import argparse
from pathlib import Path

from nnrecipes.cli.common import Commands, add_json, add_recipe, print_json
from nnrecipes.errors import ConfigError, cannot_write


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("lr-find", help="a learning rate and a batch size to begin with; nothing is kept")
    add_recipe(parser)
    parser.add_argument("--low", type=float, default=1e-6, metavar="RATE", help="the first rate (default 1e-6)")
    parser.add_argument("--high", type=float, default=1.0, metavar="RATE", help="the last rate (default 1)")
    parser.add_argument("--steps", type=int, default=200, metavar="N", help="updates between them (default 200)")
    parser.add_argument("--out", metavar="FILE", help="where the picture goes, .png or .svg")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the test; print what it suggests."""
    out = None if arguments.out is None else Path(arguments.out)
    if out is not None and out.suffix not in {".png", ".svg"}:
        raise ConfigError(f"--out: expected a name that ends in .png or .svg. Received: {arguments.out!r}.")
    from nnrecipes.tuning.rate_range import find_learning_rate

    found = find_learning_rate(arguments.recipe, arguments.overrides, low=arguments.low, high=arguments.high,
                               steps=arguments.steps)  # fmt: skip
    if out is not None:
        try:
            found.plot().savefig(out)
        except OSError as error:
            raise cannot_write(out, error) from None
    if arguments.json:
        batch = found.batch_size
        print_json({
            "suggested": found.suggested, "lowest": found.lowest, "rates": found.rates.tolist(),
            "losses": found.losses.tolist(), "batch_size": batch.rows, "reasons": list(batch.reasons),
        })  # fmt: skip
        return 0
    print(f"training.optimizer.learning_rate={found.suggested:.2g}  (the loss falls fastest; it is lowest at "
          f"{found.lowest:.2g}, above which it rises)")  # fmt: skip
    print(f"training.batch_size={found.batch_size.rows}")
    print(*(f"  {reason}" for reason in found.batch_size.reasons), sep="\n")
    return 0
