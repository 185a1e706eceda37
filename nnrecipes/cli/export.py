"""``nnrecipes export``: one file that takes raw rows and gives named answers."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run, print_json, say

FORMATS = ("keras", "saved_model", "onnx", "litert")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("export", help="one file that takes raw rows and gives named answers, tried before it "
                                                "is kept")  # fmt: skip
    add_run(parser)
    parser.add_argument("--to", required=True, metavar="FORMAT", help=f"one of {', '.join(FORMATS)}")
    parser.add_argument(
        "--out", metavar="PATH", help="the file, or folder of a SavedModel (default: export/ in the run)"
    )
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Export; the file is whole, and answers as the run does, or absent."""
    from nnrecipes.inference.any_run import load_run

    made = load_run(arguments.run, runs_dir=arguments.runs_dir).export(arguments.to, arguments.out)
    if arguments.json:
        print_json(made.to_dict())
        return 0
    print(f"Wrote {made.path} ({made.size / 1000:,.1f} kB)")
    for name, value in made.differences.items():
        print(f"  {name}: differs from the run by at most {value:.1e} in {made.rows:,} rows")
    say(f"Beside it: {made.card.name}, {made.schema.name}")
    return 0
