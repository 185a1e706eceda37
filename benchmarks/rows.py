"""What every benchmark shares: its arguments, its table and its JSON rows."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measured figure; ``(work, metric)`` is unique."""

    work: str
    metric: str
    value: float
    sd: float | None = None
    seeds: int = 1
    peer: str | None = None
    cpu_seconds: float | None = None


def arguments(
    description: str, works: Sequence[str], seeds: int = 3, minutes: float | None = None
) -> argparse.Namespace:
    """Parse ``--json``, ``--only``, ``--seeds`` and ``--data``, and ``--minutes`` where a work takes as long."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE as well")
    parser.add_argument("--only", default=",".join(works), metavar="NAMES", help=f"of {', '.join(works)}")
    parser.add_argument("--seeds", type=int, default=seeds, metavar="N")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="DIR")
    if minutes is not None:
        parser.add_argument("--minutes", type=float, default=minutes, metavar="N")
    parsed = parser.parse_args()
    parsed.only = [name for name in parsed.only.split(",") if name]
    unknown = sorted(set(parsed.only) - set(works))
    if unknown:
        parser.error(f"--only: expected some of {', '.join(works)}. Received: {', '.join(unknown)}")
    return parsed


def finish(rows: Sequence[Row], path: Path | None) -> None:
    """Print the table and write the JSON."""
    print(f"{'work':<28}{'metric':<22}{'value':>12}{'sd':>10}{'seeds':>7}{'CPU s':>8}  peer")
    for row in rows:
        sd = "" if row.sd is None else f"{row.sd:.4g}"
        cpu = "" if row.cpu_seconds is None else f"{row.cpu_seconds:.1f}"
        print(f"{row.work:<28}{row.metric:<22}{row.value:>12.6g}{sd:>10}{row.seeds:>7}{cpu:>8}  {row.peer or ''}")
    if path:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
