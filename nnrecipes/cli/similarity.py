"""``nnrecipes similarity``: how much alike rows are, pair by pair."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run, print_json, print_table


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("similarity", help="the cosine of the rows of A and those of B beside them")
    add_run(parser)
    for name in ("a", "b"):
        parser.add_argument(name, metavar=name.upper(), help="a table, an image, or a folder or zip of images")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a cosine a pair, and whether it is above the threshold of the run's validation rows."""
    from nnrecipes.inference.gallery import identity_target
    from nnrecipes.inference.run import load_run

    finished = load_run(arguments.run, runs_dir=arguments.runs_dir)
    cosines = finished.similarity(arguments.a, arguments.b).tolist()
    scored = finished.metrics.get(identity_target(finished.spec).name, {})
    threshold = scored.get("threshold", {}).get("value")
    rows = [{"row": row, "similarity": value, "same": None if threshold is None else value > threshold}
            for row, value in enumerate(cosines)]  # fmt: skip
    if arguments.json:
        print_json(rows)
        return 0
    words = {True: "yes", False: "no", None: "–"}
    print_table([("row", "similarity", "same"),
                 *((item["row"], f"{item['similarity']:.4f}", words[item["same"]]) for item in rows)])  # fmt: skip
    return 0
