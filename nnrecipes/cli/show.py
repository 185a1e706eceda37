"""``nnrecipes show``: one run's numbers, where it came from and what it holds."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run, print_json
from nnrecipes.config.advice import Advice
from nnrecipes.runs.files import read_json
from nnrecipes.runs.find import find_run
from nnrecipes.runs.integrity import check_file, damage, read_provenance


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("show", help="show a run: scores, data, seed, versions, files")
    add_run(parser)
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the run."""
    from nnrecipes.inference.summary import summary_text

    folder = find_run(arguments.run, arguments.runs_dir)
    provenance = read_provenance(folder)
    metrics, damaged = read_json(check_file(folder, folder.metrics, provenance)), damage(folder, provenance)
    advice = read_json(check_file(folder, folder.advice, provenance)) if folder.advice.is_file() else []
    files = sorted(str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file())
    if arguments.json:
        print_json({"path": str(folder.path), "metrics": metrics, "provenance": provenance, "files": files,
                    "damage": damaged, "advice": advice})  # fmt: skip
        return 0
    rows, data = provenance["rows"], provenance["data"]
    print(f"{folder.recipe}  {folder.id}  {provenance['started']}  {provenance['seconds']:.1f} s")
    print(
        f"data: {data['origin']}, sha256 {data['sha256'][:12]}…, rows: "
        + ", ".join(f"{k} {v if isinstance(v, int) else len(v):,}" for k, v in rows.items())
    )
    epochs, updates, seed = provenance["epochs"], provenance["updates"], provenance["seed"]
    print(f"network: {provenance['parameters']:,} parameters, {epochs} epochs, {updates:,} updates, seed {seed}")
    print("versions: " + ", ".join(f"{name} {number}" for name, number in provenance["versions"].items()))
    for notice in provenance["notices"]:
        print(notice)
    print(summary_text(metrics, [Advice(**item) for item in advice]))
    print("files: " + ", ".join(files))
    for name, what in damaged.items():
        print(f"{folder.path / name}: {what} since the run ended")
    print(folder.path)
    return 0
