"""The best trials of a search and the recipe's own values -> one winner, judged on validation rows drawn anew.

The best of many trials on one validation set is best by chance as well (Cawley and Talbot 2010), so that its values may
be worse than those it began with. The finalists are therefore trained once more on other divisions of training and
validation rows, the same for all. The recipe's own values give way to values that are better by more than the standard
error of the differences, as in the rule of one standard error (Breiman et al. 1984).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnrecipes.config.tuning import TuningConfig
from nnrecipes.tuning.space import covers, values_of
from nnrecipes.tuning.study import Study, params_text
from nnrecipes.tuning.trial import Trials

Scores = npt.NDArray[np.float64]
Say = Callable[[str], None]
OWN = "the recipe's own values"


@dataclass(frozen=True)
class Finalist:
    """Values that were tried once more.

    Args:
        trial: The number of the trial that had them; None where none had.
        own: Whether these are the recipe's own values.
        params: As Optuna knows them.
        chosen_by: Of each objective, the trial's value; None where there is no trial.
        scores: On each division, of each objective: shape (divisions, objectives).
    """

    trial: int | None
    own: bool
    params: Mapping[str, Any]
    chosen_by: tuple[float, ...] | None
    scores: Scores

    @property
    def name(self) -> str:
        """What a line calls it."""
        return OWN if self.own else f"trial {self.trial}"

    @property
    def means(self) -> tuple[float, ...]:
        """Of each objective, the mean over divisions."""
        return tuple(map(float, self.scores.mean(axis=0)))


@dataclass(frozen=True)
class Verdict:
    """Who won.

    Args:
        winner: The values to train with.
        own: The recipe's own values.
        finalists: All, the best mean of the first objective first; ``own`` is one of them where the space has its
            values, and a measure beside them elsewhere.
        reason: The sentence that says so.
    """

    winner: Finalist
    own: Finalist
    finalists: tuple[Finalist, ...]
    reason: str


def judge(trials: Trials, study: Study, complete: Sequence[Any], sign: int, say: Say) -> Verdict:
    """Train the finalists on every division, and choose.

    Args:
        trials: Trains them.
        study: Whose trials they are; it keeps the scores.
        complete: Optuna's trials that have a value, the best first.
        sign: 1 where less is better, else -1.
        say: Called with lines.
    """
    own, tuning = study.first, study.tuning
    held = covers(own, tuning.space)
    different = {params_key(trial.params): trial for trial in reversed(complete)}
    best = [trial for trial in complete if different[params_key(trial.params)] is trial][: tuning.finalists]
    known = different.get(params_key(own)) if held else None
    rest = [trial for trial in best if trial is not known]
    tried = [*(values_of(trial.params, tuning.space) for trial in rest), values_of(own, tuning.space) if held else {}]
    say(f"finalists: {len(rest)} and {OWN}, on validation rows drawn anew {tuning.redraws} times")
    divisions = []
    for number in range(1, tuning.redraws + 1):
        divisions.append(_on_division(trials, study, tried, number, held=held))
        say(f"finalists: division {number} of {tuning.redraws}")
    scores = np.array(divisions)
    found = [
        Finalist(trial.number, False, trial.params, tuple(trial.values), scores[:, place])
        for place, trial in enumerate(rest)
    ]
    ours = Finalist(known.number if known else None, True, own, tuple(known.values) if known else None, scores[:, -1])
    finalists = sorted([*found, *([ours] if held else [])], key=lambda each: _rank(sign * each.scores[:, 0]))
    winner, reason = _choice(finalists, ours, sign, held=held)
    objective = trials.objectives[0]
    for each in [*finalists, *([] if held else [ours])]:
        say(f"  {_line(each, objective, tuning)}")
    say(f"winner: {reason}")
    return Verdict(winner, ours, tuple(finalists), reason)


def choose(scores: Scores, own: int | None) -> int:
    """Return the place of the winner.

    Args:
        scores: Of each finalist on each division, less is better: shape (finalists, divisions).
        own: The place of the recipe's own values, which only give way to a difference beyond its standard error.

    Example:
        >>> choose(np.array([[0.50, 0.70], [0.49, 0.71], [0.40, 0.61]]), own=0)
        2
        >>> choose(np.array([[0.50, 0.70], [0.40, 0.79]]), own=0)
        0
    """
    best = int(np.argmin([_rank(row) for row in scores]))
    if own is None or own == best or not np.isfinite(scores[own]).all():
        return best
    gain, error = difference(scores[own], scores[best])
    return best if gain > error else own


def difference(ours: Scores, theirs: Scores) -> tuple[float, float]:
    """The mean of the differences and its standard error, 0 where there is but one."""
    gains = ours - theirs
    error = float(gains.std(ddof=1)) / math.sqrt(len(gains)) if len(gains) > 1 else 0.0
    return float(gains.mean()), error


def _on_division(
    trials: Trials, study: Study, tried: Sequence[Mapping[str, Any]], number: int, *, held: bool
) -> list[Sequence[float]]:
    """Values of each objective on one division; own values that are none of the space's are a network of their own."""
    keys = [f"{number} {params_key(values)}" for values in tried]
    known = study.judged()
    new = [place for place, key in enumerate(keys) if key not in known]
    inside = [place for place in new if held or place < len(tried) - 1]
    found = trials.run_all([tried[place] for place in inside], redraw=number)
    scores: dict[str, Sequence[float]] = {keys[place]: each.values for place, each in zip(inside, found, strict=True)}
    if len(inside) < len(new):
        scores[keys[-1]] = trials.run(tried[-1], redraw=number, alike=study.tuning.redraws).values
    if scores:
        study.keep_judged(scores)
    return [scores.get(key) or known[key] for key in keys]


def _choice(finalists: Sequence[Finalist], own: Finalist, sign: int, *, held: bool) -> tuple[Finalist, str]:
    scores = np.array([sign * each.scores[:, 0] for each in finalists])
    best = finalists[0]
    winner = finalists[choose(scores, finalists.index(own) if held else None)]
    if winner is best and winner is own:
        return winner, f"{OWN}: no finalist is better"
    gain, error = difference(sign * own.scores[:, 0], sign * best.scores[:, 0])
    compared = f"{gain:.3g} ± {error:.2g} better than {OWN}"
    if winner is own:
        return winner, f"{OWN}: {best.name} is {compared}, which may be chance"
    return winner, f"{winner.name}, {compared}" if gain > 0 else f"{winner.name}, the best of the space"


def _line(finalist: Finalist, objective: str, tuning: TuningConfig) -> str:
    column = finalist.scores[:, 0]
    spread = f" ± {column.std(ddof=1):.2g}" if len(column) > 1 else ""
    chosen = "" if finalist.chosen_by is None else f" ({finalist.chosen_by[0]:.4g} on the rows that chose it)"
    values = params_text(finalist.params, tuning.space)
    return f"{finalist.name}: {objective} {column.mean():.4g}{spread}{chosen}{'; ' if values else ''}{values}"


def _rank(scores: Scores) -> float:
    """The mean; a network that failed on a division is behind all."""
    return float(scores.mean()) if np.isfinite(scores).all() else math.inf


def params_key(params: Mapping[str, Any]) -> str:
    """Equal for equal values."""
    return str(sorted(params.items()))
