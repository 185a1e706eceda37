"""``nnrecipes anomaly``: which rows of a file are unlike those that an autoencoder was trained on."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nnrecipes.cli.common import Commands, say
from nnrecipes.cli.rows_out import add_rows, out_file, write_rows

if TYPE_CHECKING:
    import pandas as pd


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("anomaly", help="the error of each row of a file, and whether it is an anomaly")
    add_rows(parser)
    parser.add_argument("--contamination", type=float, metavar="SHARE",
                        help="share of validation rows above the threshold (default: that of the recipe)")  # fmt: skip
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Score in blocks; how many rows are reported goes to standard error, with precision and recall if labels tell."""
    from nnrecipes.inference.any_run import load_autoencoder_run

    out = out_file(arguments)
    finished = load_autoencoder_run(arguments.run, runs_dir=arguments.runs_dir)
    threshold, counted = finished.threshold(arguments.contamination), Counter()
    frames = finished.anomaly_batches(arguments.data, contamination=arguments.contamination)
    rows = write_rows(counted.passing(frames), out, arguments)
    say(f"{counted.reported:,} of {rows:,} rows are above the threshold {threshold:.4g}")
    if counted.known:
        say(f"precision {_share(counted.hits, counted.reported)}, recall {_share(counted.hits, counted.real)} "
            f"({counted.real:,} anomalies by the label)")  # fmt: skip
    return 0


class Counter:
    """Counts what passes: reported rows, and anomalies by the label where the rows have one."""

    def __init__(self) -> None:
        self.reported = self.real = self.hits = 0
        self.known = False

    def passing(self, frames: "Iterator[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
        """Yield the blocks as they are."""
        for frame in frames:
            found = frame["anomaly"].eq(True)
            self.reported += int(found.sum())
            if "true_anomaly" in frame:
                self.known = True
                self.real += int(frame["true_anomaly"].eq(True).sum())
                self.hits += int((found & frame["true_anomaly"].eq(True)).sum())
            yield frame


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "undefined"
