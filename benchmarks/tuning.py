"""Searches: against the same search written by hand, what 200 trials leave in memory, and what tuning gains.

    python benchmarks/tuning.py [--json FILE] [--only iris_study,memory,california] [--seeds 3] [--data DIR]

``iris_study``: 50 trials of the shipped recipe of iris with two outputs, 30 epochs each, over learning rate, weight
decay and three choices of hidden units, by ``nnrecipes.tune`` (journal file, table, page and pictures included) and by
Optuna with ``Model.fit`` as in ``tuning_worker.py``. Each search has a process of its own, whose clock starts once the
libraries are imported; they take turns, ``--seeds`` of them, and the median of the ratios counts. ``memory``: resident
memory of one process after 200 of these trials, and after 20. ``california``: the ``good`` preset, tuned within ten
minutes of processor time; the search sees training and validation rows, and the test rows are scored once, by the
winner and by the preset as it is, with ``--seeds`` seeds each.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rows import Row, arguments, finish

HERE = Path(__file__).parent
TRIALS = {"iris_study": 50, "memory": 200}


def worker(*words: str) -> dict[str, Any]:
    """What ``tuning_worker.py`` answers."""
    import json

    found = subprocess.run([sys.executable, str(HERE / "tuning_worker.py"), *words], stdout=subprocess.PIPE, check=True,
                           text=True)  # fmt: skip
    answer: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return answer


def iris_study(_: Path, seeds: int) -> list[Row]:
    """The ratio of the seconds, by hand over ours."""
    pairs = []
    for seed in range(seeds):
        ours, hand = (worker(name, str(TRIALS["iris_study"]), str(seed)) for name in ("ours", "hand"))
        print(f"iris_study {seed}: ours {ours['seconds']:.1f} s, best {ours['best']:.4f}; by hand "
              f"{hand['seconds']:.1f} s, best {hand['best']:.4f}", flush=True)  # fmt: skip
        pairs.append((ours, hand))
    ratios = [hand["seconds"] / ours["seconds"] for ours, hand in pairs]
    median = {
        name: [statistics.median(pair[place][name] for pair in pairs) for place in (0, 1)]
        for name in ("seconds", "cpu_seconds", "best")
    }
    cpu, peer = median["cpu_seconds"], "Optuna + Model.fit"
    spread = statistics.stdev(ratios) if len(ratios) > 1 else None
    rows = [Row("iris_study", "ratio_to_hand_written", statistics.median(ratios), spread, seeds, peer, cpu[0])]
    for name in ("seconds", "cpu_seconds", "best"):
        rows.append(Row("iris_study", name, median[name][0], None, seeds, None, cpu[0]))
        rows.append(Row("iris_study", f"{name}_of_hand_written", median[name][1], None, seeds, peer, cpu[1]))
    return rows


def memory(_: Path, __: int) -> list[Row]:
    """Resident memory after 200 trials over that after 20; of the space above, and where each network is another."""
    rows = []
    for metric, name in (("growth", "memory"), ("growth_of_new_networks", "networks")):
        found = worker(name, str(TRIALS["memory"]), "0")
        rows.append(Row("memory", metric, found["late"] / found["early"], None, 1, None, found["cpu_seconds"]))
        rows.append(Row("memory", f"mib_{metric}", found["late"], None, 1, None, found["cpu_seconds"]))
    return rows


def california(data: Path, seeds: int) -> list[Row]:
    """The test error of the winner over that of the preset as it is."""
    found = worker("california", str(data), str(seeds))
    ratios, cpu = found["ratios"], found["cpu_seconds"]
    spread = statistics.stdev(ratios) if len(ratios) > 1 else None
    return [
        Row("california", "rmse_ratio_to_default", found["rmse"] / found["default"], spread, seeds, "good preset", cpu),
        Row("california", "rmse", found["rmse"], None, seeds, None, cpu),
        Row("california", "rmse_of_default", found["default"], None, seeds, "good preset", None),
        Row("california", "trials", found["trials"], None, 1, None, cpu),
        Row("california", "cpu_seconds", cpu, None, 1, None, cpu),
    ]


WORKS: dict[str, Callable[[Path, int], list[Row]]] = {
    "iris_study": iris_study, "memory": memory, "california": california,
}  # fmt: skip


def main() -> None:
    options = arguments("Searches over a recipe.", list(WORKS), 3)
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores", flush=True)
    rows: list[Row] = []
    for name in options.only:
        rows += WORKS[name](options.data.resolve(), options.seeds)
    finish(rows, options.json)


if __name__ == "__main__":
    main()
