"""``nnrecipes report``: a run's report as one HTML file."""

import argparse
from pathlib import Path
from typing import Any

from nnrecipes.cli.common import Commands, add_run, say
from nnrecipes.errors import DataError, NnRecipesError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("report", help="one HTML file: scores, curves, network, worst errors")
    add_run(parser)
    parser.add_argument("--out", metavar="FILE", help=".html (default: report.html in the run's folder)")
    parser.add_argument("--no-audit", action="store_true", help="leave out the leak audit, which reads the data again")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit the recipe where its data are still there, and write the report."""
    from nnrecipes.inference.any_run import load_run
    from nnrecipes.inference.report import write_report

    out = Path(arguments.out) if arguments.out else None
    if out is not None and out.suffix not in {".html", ".htm"}:
        raise DataError(f"--out: expected a name that ends in .html. Received: {arguments.out!r}.")
    finished = load_run(arguments.run, runs_dir=arguments.runs_dir)
    audit = None if arguments.no_audit else _audit(finished)
    print(write_report(finished, out, audit=audit))
    return 0


def _audit(finished: Any) -> dict[str, Any] | None:
    from nnrecipes.audit import audit

    try:
        return audit(finished.folder.config).to_dict()
    except NnRecipesError as error:
        say(f"not audited: {str(error).splitlines()[0]}")
        return None
