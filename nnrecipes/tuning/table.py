"""A study -> a table on the terminal that keeps up with it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nnrecipes.tuning.space import in_order
from nnrecipes.tuning.study import short

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from nnrecipes.tuning.tune import Search

SHOWN = 10
"""Trials that the table has, the best one apart."""
STATES = {"COMPLETE": "", "PRUNED": "given up", "RUNNING": "runs"}


@contextmanager
def table_of(search: "Search", console: "Console | None" = None) -> Iterator[None]:
    """Show the study until the block ends, on standard error; what other processes add to it shows as well."""
    from rich.console import Console
    from rich.live import Live

    shown = console or Console(stderr=True)
    begun, before = time.monotonic(), len(search.study.counted())

    class Now:
        """The table at this moment."""

        def __rich__(self) -> "Table":
            return study_table(search, time.monotonic() - begun, before)

    with Live(Now(), console=shown, refresh_per_second=2):
        yield


def study_table(search: "Search", seconds: float, before: int = 0) -> "Table":
    """The latest trials and the best one.

    Args:
        search: One process's part in the study.
        seconds: Since it began.
        before: Trials that had ended then.
    """
    from rich.table import Table

    ended, best = search.study.counted(), search.best()
    table = Table(title=_title(search, len(ended), before, seconds), title_justify="left", expand=False)
    keys = in_order(search.tuning.space)
    names = ["trial", *search.objectives, *(key.rpartition(".")[2] for key in keys), "epochs", "seconds", ""]
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    latest = sorted([*ended, *search.study.running()], key=lambda trial: trial.number)[-SHOWN:]
    above = [] if best is None or any(trial.number == best.number for trial in latest) else [best]
    for trial in [*above, *latest]:
        is_best = best is not None and trial.number == best.number
        table.add_row(*_cells(trial, search.objectives, keys, is_best=is_best), style="bold green" if is_best else None)
    return table


def _title(search: "Search", ended: int, before: int, seconds: float) -> str:
    wanted, title = search.tuning.trials, f"{search.config.name}: {ended} of {search.tuning.trials} trials"
    title += f", {_clock(seconds)}"
    if ended > before and ended < wanted:
        title += f", about {_clock(seconds / (ended - before) * (wanted - ended))} to go"
    limit = search.tuning.timeout
    return title if limit is None else f"{title}, no trial begins after {_clock(limit)}"


def _cells(trial: Any, objectives: Sequence[str], keys: Sequence[str], *, is_best: bool) -> list[str]:
    state = trial.state.name
    latest = list(trial.intermediate_values.values())[-1:]
    values = trial.values if state == "COMPLETE" else [*latest, *[None] * (len(objectives) - len(latest))]
    numbers = ["" if value is None else f"{value:.4g}" for value in values]
    tried = [short(trial.params[key]) if key in trial.params else "" for key in keys]
    cost = [trial.user_attrs.get("epochs"), trial.user_attrs.get("seconds")]
    shown = ["" if value is None else f"{value:.{place}f}" for place, value in enumerate(cost)]
    return [str(trial.number), *numbers, *tried, *shown, "best" if is_best else STATES[state]]


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds.

    Example:
        >>> _clock(75), _clock(4000)
        ('1:15', '1:06:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
