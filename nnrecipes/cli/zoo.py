"""``nnrecipes zoo``: what each shipped recipe reaches, as it was measured, beside the baselines."""

import argparse
from dataclasses import asdict

from nnrecipes.cli.common import Commands, add_json, print_json, print_table


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("zoo", help="what each shipped recipe reaches on its test rows, beside the baselines")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the measurements; a star marks recipes of which a trained run ships with the package."""
    from nnrecipes.zoo import best_first, figure_text, measured, zoo_names

    entries, ships = measured(), zoo_names()
    if arguments.json:
        print_json([{**asdict(entry), "summary": entry.summary, "ships": entry.recipe in ships} for entry in entries])
        return 0
    rows = [("recipe", "rows", "parameters", "CPU s", "test rows, mean ± sd over seeds (best baseline)")]
    for entry in entries:
        name = f"{entry.recipe} *" if entry.recipe in ships else entry.recipe
        figures = "; ".join(figure_text(figure) for figure in best_first(entry.figures))
        rows.append((name, f"{entry.rows:,}", f"{entry.parameters:,}", f"{entry.cpu_seconds:.0f}", figures))
    print_table(rows)
    print("* a trained run ships with the package: nnrecipes.load_zoo(name)")
    return 0
