"""``nnrecipes fetch``: public data sets that may not be bundled, from where the user has them into the data cache."""

import argparse
import shutil
import sys
import time
from typing import Any

from nnrecipes.cli.common import Commands, add_json, print_json, print_table, say
from nnrecipes.config.cache import cache_root
from nnrecipes.data.datasets import DATASETS, cached_files, find_dataset
from nnrecipes.errors import DataError

WIDTH = 20  # columns of the bar
REFRESH = 0.1  # seconds between two drawings


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "fetch", help="import a public data set into the data cache, or list those that are known"
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="which data set; without it all are listed")
    parser.add_argument(
        "--from", dest="source", metavar="DIR|ARCHIVE|URL", help="where you have it: folder, zip, tar.gz or http(s)"
    )
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, or say what there is and how to get it."""
    if arguments.name is None:
        if arguments.source:
            raise DataError(f"fetch: expected NAME, one of {', '.join(DATASETS)}. Received: only --from.")
        return _list(arguments.json)
    dataset = find_dataset(arguments.name)
    if arguments.source is None and not cached_files(arguments.name):
        raise DataError(
            f"fetch {arguments.name}: expected --from FOLDER, ARCHIVE or URL. Received: nothing, and it is not in the "
            f"cache.\n{_about(arguments.name)}"
        )
    answer = _describe(arguments.name)
    if arguments.source is not None:
        from nnrecipes.data.fetch import fetch

        found = fetch(arguments.name, arguments.source, progress=None if arguments.json else _Progress())
        answer = _describe(arguments.name) | {"verified": found.verified, "sha256": dict(found.files)}
    if arguments.json:
        print_json(answer)
        return 0
    if "verified" in answer:
        how = "sha256 verified" if answer["verified"] else "count of lines checked; no sha256 is known for these files"
        say(f"{arguments.name}: {how}")
    print(f"licence: {dataset.licence}")
    for file in answer["files"]:
        print(f"cache:{arguments.name}/{file}")
    print(cache_root() / arguments.name)
    return 0


def _list(as_json: bool) -> int:
    rows = [_describe(name) for name in DATASETS]
    if as_json:
        print_json(rows)
        return 0
    print_table([("data set", "state", "what"),
                 *((row["name"], "in the cache" if row["cached"] else "-", row["title"]) for row in rows)])  # fmt: skip
    print(f"cache: {cache_root()}\n")
    print("\n".join(f"{name}\n{_about(name)}" for name in DATASETS))
    return 0


def _about(name: str) -> str:
    dataset = DATASETS[name]
    return f"  licence: {dataset.licence}\n  about:   {dataset.home}\n  get it:  {dataset.get}"


def _describe(name: str) -> dict[str, Any]:
    dataset, files = DATASETS[name], cached_files(name)
    return {"name": name, "title": dataset.title, "licence": dataset.licence, "about": dataset.home,
            "get": dataset.get, "cached": bool(files), "path": str(cache_root() / name),
            "files": [file.name for file in files]}  # fmt: skip


class _Progress:
    """A bar on a terminal, a line every tenth (or 10 MB) in a log."""

    def __init__(self) -> None:
        self._drawn, self._step, self._name = 0.0, 0, ""

    def __call__(self, name: str, done: int, total: int | None) -> None:
        if name != self._name:
            self._name, self._step = name, 0
        end = done == total
        if sys.stderr.isatty():
            if end or time.monotonic() - self._drawn >= REFRESH:
                self._draw(name, done, total, end)
            return
        step = 10 * done // max(total, 1) if total else done // 10_000_000
        if end or step > self._step:
            self._step = step
            say(_line(name, done, total))

    def _draw(self, name: str, done: int, total: int | None, end: bool) -> None:
        filled = WIDTH * done // total if total else 0
        line = f"{'━' * filled}{'─' * (WIDTH - filled)} {_line(name, done, total)}"
        sys.stderr.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}" + ("\n" if end else ""))
        sys.stderr.flush()
        self._drawn = time.monotonic()


def _line(name: str, done: int, total: int | None) -> str:
    safe = "".join(c if c.isprintable() else "?" for c in name)
    return f"{safe}: {done / 1e6:.2f}" + (f" of {total / 1e6:.2f} MB" if total else " MB")
