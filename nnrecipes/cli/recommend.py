"""``nnrecipes recommend``: the best items for a user of a run, for a history, or for every user of a file."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nnrecipes.cli.common import Commands, add_json, add_run, print_json, print_table, say
from nnrecipes.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from nnrecipes.inference.recommender import RecommenderRun


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("recommend", help="the best items for a user, a history, or every user of a file")
    add_run(parser)
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", metavar="ID", help="a user of training")
    whom.add_argument("--history", metavar="IDS", help='items of anybody, as "12,50,181"; "" asks for popular items')
    whom.add_argument(
        "--users", metavar="FILE", help="CSV or Parquet: a column of users of training, or users and items, whose rows "
        "are histories of anybody"
    )  # fmt: skip
    whom.add_argument("--all", action="store_true", help="every user of training")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="places of a list (default: 10)")
    parser.add_argument("--include-seen", action="store_true", help="items of the history may stand in the list")
    parser.add_argument("--allow", metavar="IDS", help="the only items that may stand in the list")
    parser.add_argument("--deny", metavar="IDS", help="items that may not")
    parser.add_argument("--out", metavar="FILE", help=".csv, .parquet or .json: columns user, item, rank, score")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one list, or write many, in blocks; what the user should know goes to standard error."""
    from nnrecipes.inference.any_run import load_recommender_run

    if arguments.k < 1:
        raise DataError(f"-k: expected a number above 0. Received: {arguments.k}.")
    finished = load_recommender_run(arguments.run, runs_dir=arguments.runs_dir)
    if arguments.users or arguments.all:
        _many(finished, arguments)
    else:
        _one(finished, arguments)
    for notice in finished.notices:
        say(notice)
    return 0


def split_ids(text: str | None) -> list[str] | None:
    """The ids of ``"12, 50"``; None stays None.

    Example:
        >>> split_ids("12, 50"), split_ids(""), split_ids(None)
        (['12', '50'], [], None)
    """
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def print_frame(frame: "pd.DataFrame", *, as_json: bool) -> None:
    """Print a table of answers, or JSON."""
    if as_json:
        print_json(frame.to_dict("records"))
        return
    rows = [[f"{value:.4f}" if isinstance(value, float) else value for value in row] for row in frame.to_numpy(object)]
    print_table([list(frame.columns), *rows])


def _one(finished: "RecommenderRun", arguments: argparse.Namespace) -> None:
    frame = finished.recommend(arguments.user, history=split_ids(arguments.history), k=arguments.k,
                               exclude_seen=not arguments.include_seen, allow=split_ids(arguments.allow),
                               deny=split_ids(arguments.deny))  # fmt: skip
    if arguments.out is None:
        print_frame(frame, as_json=arguments.json)
        return
    whom = arguments.user if arguments.user is not None else "history"
    _write(iter([frame.assign(user=whom)]), arguments)


def _many(finished: "RecommenderRun", arguments: argparse.Namespace) -> None:
    users = None if arguments.all else read_users(Path(arguments.users), finished)
    frames = finished.recommend_all(users, k=arguments.k, exclude_seen=not arguments.include_seen,
                                    allow=split_ids(arguments.allow), deny=split_ids(arguments.deny))  # fmt: skip
    _write(frames, arguments)


def _write(frames: "Iterator[pd.DataFrame]", arguments: argparse.Namespace) -> None:
    from nnrecipes.inference.write import ENDINGS, write_frames

    out = None if arguments.out is None else Path(arguments.out)
    if out is not None and out.suffix not in ENDINGS:
        raise DataError(f"--out: expected a name that ends in .csv, .parquet or .json. Received: {str(out)!r}.")
    if out is not None and arguments.users and out.exists() and out.samefile(arguments.users):
        raise DataError(f"--out: expected another file than --users. Received: {str(out)!r}, which would be lost.")
    chosen = (frame[["user", "item", "rank", "score"]] for frame in frames)
    rows = write_frames(chosen, out, sys.stdout, json_lines=arguments.json)
    if out is not None:
        say(f"Wrote {rows:,} rows to {out}")


def read_users(path: Path, finished: "RecommenderRun") -> "pd.DataFrame | list[str]":
    """Return the histories of a file, or, where it has no column of items, the ids of users of training.

    Raises:
        DataError: There is no such file, it cannot be read, or it has no rows or no column of users.
    """
    from nnrecipes.inference.recommender_rows import refuse_gaps

    if not path.is_file():
        received = "a folder" if path.is_dir() else "which is not there"
        raise DataError(f"--users: expected a CSV or Parquet file. Received: {str(path)!r}, {received}.")
    columns = finished.config.data.interactions
    frame = _table(path)
    if columns.item in frame or "item" in frame:
        return frame
    name = columns.user if columns.user in frame else "user"
    if name not in frame:
        expected = f"the column {columns.user!r}" + (" or 'user'" if columns.user != "user" else "")
        raise DataError(f"{path.name}: expected {expected}. Received: {', '.join(map(str, frame.columns))}.")
    refuse_gaps(frame, [name], path.name)
    return list(dict.fromkeys(frame[name].astype(str)))


def _table(path: Path) -> "pd.DataFrame":
    """The rows of a CSV file (commas or tabs), as text, or of a Parquet file."""
    import pandas as pd
    import pyarrow as pa

    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        with path.open(encoding="utf-8", errors="replace") as file:
            header = file.readline()
        tabs = "\t" in header and "," not in header
        return pd.read_csv(path, dtype=str, keep_default_na=False, sep="\t" if tabs else ",")
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError, pa.ArrowInvalid, OSError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path.name}: expected a CSV or Parquet file with a header. Received: {reason}.") from None
