"""A recipe with a ``tuning`` section -> the best values of its search, an ordinary run with them, and the study.

A study lives in ``runs/<recipe>/tuning-<fingerprint>/``, whose name follows from recipe and space: the same command
goes on with the same study, whatever stopped it. The search sees training and validation rows; the test rows are scored
once, by the run of the winner.
"""

import hashlib
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.config.check_space import direction_of
from nnrecipes.config.distributed import notices_of_one_process
from nnrecipes.config.load import Loaded, Overrides, Recipe, resolved, write_yaml
from nnrecipes.config.monitor import resolve_mode
from nnrecipes.config.overrides import parse_overrides
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.tuning import TuningConfig
from nnrecipes.errors import ConfigError
from nnrecipes.recipe import check, train
from nnrecipes.runs.files import write_text
from nnrecipes.runs.layout import runs_root
from nnrecipes.runs.trackers import check_trackers
from nnrecipes.tuning.space import architectures, own_params, suggest, values_of
from nnrecipes.tuning.study import Study, params_text
from nnrecipes.tuning.table import table_of
from nnrecipes.tuning.trial import Outcome, Trials

if TYPE_CHECKING:
    from nnrecipes.inference.run import Run
    from nnrecipes.tuning.finalists import Verdict

Notify = Callable[[str], None]
APART = {"trials", "timeout", "finalists", "redraws"}
"""Keys of the section that the same study may have other values of."""


@dataclass(frozen=True)
class Tuned:
    """What a search came to.

    Args:
        folder: The study's folder: ``journal.log``, ``trials.csv``, ``best.yaml``, ``plots/``.
        objectives: What was looked for.
        best: Dotted key -> value of the winner; of several objectives, the best of the first.
        scores: Of the winner, a value an objective: of its trial, or, where no trial of the recipe's own values came to
            an end and they won, on the validation rows drawn anew.
        trials: One dict a trial: number, state, values, parameters, epochs, seconds.
        fresh: Objective -> winner and the recipe's own values, means over the divisions of training and validation rows
            that were drawn anew; empty where there are none.
        finalists: One dict a finalist, the best first: name, values of its trial, means and standard deviations over
            the divisions, parameters.
        run: The winner, trained as an ordinary run and scored once on the test rows; None where that was not asked for.
    """

    folder: Path
    objectives: tuple[str, ...]
    best: dict[str, Any]
    scores: tuple[float, ...]
    trials: list[dict[str, Any]]
    fresh: dict[str, tuple[float, float]]
    finalists: list[dict[str, Any]]
    run: "Run | None"


def tune(
    recipe: Recipe,
    overrides: Overrides = None,
    *,
    data: Any = None,
    trials: int | None = None,
    timeout: float | None = None,
    workers: int = 1,
    study: str | None = None,
    runs_dir: str | Path | None = None,
    retrain: bool = True,
    notify: Notify | None = None,
    table: bool = False,
) -> Tuned:
    """Search over the keys of a recipe's ``tuning.space``, then train and score the winner once.

    Args:
        recipe: A recipe with a ``tuning`` section: a shipped one's name, a YAML file, or a mapping.
        overrides: ``{"tuning.trials": 20}`` or ``["tuning.trials=20"]``.
        data: Rows for a recipe whose source is ``arrays``.
        trials: In place of ``tuning.trials``; those that the study has already count.
        timeout: Seconds after which no trial begins, in place of ``tuning.timeout``.
        workers: Processes that share the study.
        study: A journal file, or the URL of a database (``sqlite:///...``), in place of the study folder's journal.
        runs_dir: The folder of all runs.
        retrain: Whether the winner is trained as a run.
        notify: Called with each line that a user should read.
        table: Whether a table on the terminal takes the place of a line a trial.

    Raises:
        ConfigError: The recipe has no ``tuning`` section, the space does not fit it, or Optuna is not installed.
        DataError: The rows do not fit the recipe.
        RunError: The study is of another recipe, or cannot be written, or a tracker cannot be reached.
    """
    say = notify or _silent
    search = Search(recipe, overrides, data=data, trials=trials, timeout=timeout, study=study, runs_dir=runs_dir)
    for notice in notices_of_one_process(search.config, "trials and finalists"):
        say(notice)
    if retrain:
        check_trackers(search.config.training.trackers, search.config.name, runs_dir)
    helpers = search.helpers(workers, quiet=table)
    with table_of(search) if table else nullcontext():
        try:
            search.go(_silent if table else say)
        finally:
            for helper in helpers:
                helper.wait()
    return search.end(say, retrain=retrain, runs_dir=runs_dir)


class Search:
    """One process's part in a study; the arguments are those of :func:`tune`."""

    def __init__(
        self,
        recipe: Recipe,
        overrides: Overrides = None,
        *,
        data: Any = None,
        trials: int | None = None,
        timeout: float | None = None,
        study: str | None = None,
        runs_dir: str | Path | None = None,
    ) -> None:
        given = dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))
        if data is not None:
            given.setdefault("data.source", {"kind": "arrays"})
        given |= {} if trials is None else {"tuning.trials": trials}
        given |= {} if timeout is None else {"tuning.timeout": timeout}
        self.recipe, self.overrides, self.data = recipe, given, data
        self.loaded = check(recipe, given)
        self.tuning = _tuning(self.loaded)
        self.config = self.loaded.config
        self.objectives = self.tuning.objectives or (self.config.training.callbacks.monitor,)
        self.directions = [_direction(self.config, self.tuning, place) for place in range(len(self.objectives))]
        fingerprint = fingerprint_of(self.config)
        self.folder = runs_root(runs_dir) / self.config.name / f"tuning-{fingerprint[:8]}"
        self.storage = study or str(self.folder / "journal.log")
        alike = max(1, int(self.tuning.trials / architectures(self.tuning.space)))
        self.trials = Trials(recipe, given, data, self.objectives, alike * (self.tuning.folds or 1))
        self.beside = _most_side_by_side(self.tuning)
        own, _ = self.trials.prepare({}, folds=self.tuning.folds)  # wrong rows are refused before a file is written
        self.study = Study(self.storage, self.tuning, self.directions, fingerprint, self.config.seed,
                           self.folder / "taking.lock", own_params(resolved(own), self.tuning.space))  # fmt: skip

    def helpers(self, workers: int, *, quiet: bool = False) -> list["subprocess.Popen[bytes]"]:
        """Start the other processes of the study."""
        if workers < 1:
            raise ConfigError(f"tune: workers: expected 1 or more. Received: {workers}.")
        if workers > 1 and (self.data is not None or not isinstance(self.recipe, str | Path)):
            raise ConfigError("tune: workers: expected 1 for a recipe or rows that live in this process. "
                              f"Received: {workers}.")  # fmt: skip
        words = [f"{key}={json.dumps(value)}" for key, value in self.overrides.items()]
        command = [sys.executable, "-m", "nnrecipes", "tune", str(self.recipe), *words, "--study", self.storage,
                   "--runs", str(self.folder.parent.parent), "--part", *(["--quiet"] if quiet else [])]  # fmt: skip
        return [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(workers - 1)]

    def go(self, say: Notify) -> None:
        """Take trials until there are enough, or the time is over."""
        begun = time.monotonic()
        while self.tuning.timeout is None or time.monotonic() - begun < self.tuning.timeout:
            asked = self._take()
            if not asked:
                return
            self._try(asked, say)

    def _take(self) -> list[tuple[Any, dict[str, Any]]]:
        """The next trial and its values; several, where they are faster side by side."""
        asked: list[tuple[Any, dict[str, Any]]] = []
        wanted = 1
        while len(asked) < wanted and (trial := self.study.take()) is not None:
            asked.append((trial, suggest(trial, self.tuning.space)))
            if len(asked) == 1 and self.beside > 1:
                gains = self.trials.gain_side_by_side(asked[0][1], self.beside)
                self.beside = wanted = self.beside if gains else 1
        return asked

    def _try(self, asked: Sequence[tuple[Any, dict[str, Any]]], say: Notify) -> None:
        asked = self._without_known(asked, say)
        if not asked:
            return
        began = time.perf_counter()
        one = len(self.objectives) == 1 and not self.tuning.folds and self.tuning.pruner != "none"
        outcomes = self.trials.run_all([values for _, values in asked], folds=self.tuning.folds,
                                       reports=[_reporter(trial) if one else None for trial, _ in asked])  # fmt: skip
        seconds = (time.perf_counter() - began) / len(asked)
        for (trial, _), found in zip(asked, outcomes, strict=True):
            self.study.tell(trial, found, seconds)
            say(self._line(trial, found, seconds))

    def _without_known(
        self, asked: Sequence[tuple[Any, dict[str, Any]]], say: Notify
    ) -> list[tuple[Any, dict[str, Any]]]:
        """End the trials whose values another one had, as it would come to the same; return the others."""
        known = {json.dumps(trial.params, sort_keys=True): trial for trial in self.study.counted()}
        fresh = []
        for trial, values in asked:
            same = known.get(json.dumps(trial.params, sort_keys=True))
            if same is None:
                fresh.append((trial, values))
                continue
            pruned = same.state.name == "PRUNED"
            values_of_same = (float("nan"),) * len(self.objectives) if pruned else tuple(same.values)
            found = Outcome(values_of_same, same.user_attrs.get("epochs", 0), pruned)
            self.study.tell(trial, found, 0.0)
            count = f"{len(self.study.counted())} of {self.tuning.trials}"
            say(f"trial {trial.number}, {count}: the same as trial {same.number}")
        return fresh

    def _line(self, trial: Any, found: Any, seconds: float) -> str:
        count = len(self.study.counted())
        text = ", ".join(f"{name} {value:.4g}" for name, value in zip(self.objectives, found.values, strict=True))
        best = self.best()
        stopped = " (given up)" if found.pruned else ""
        ahead = "" if best is None else f"; best {best.values[0]:.4g} in trial {best.number}"
        values = params_text(trial.params, self.tuning.space)
        return (
            f"trial {trial.number}, {count} of {self.tuning.trials}: {text}{stopped}{ahead}; {values}; {seconds:.1f} s"
        )

    def best(self) -> Any:
        """The best trial; of several objectives the best of the first one, which is on the front."""
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[Any]:
        """The trials that have a value, the best of the first objective first."""
        complete = [trial for trial in self.study.counted() if trial.state.name == "COMPLETE"]
        return sorted(complete, key=lambda trial: (self._sign * trial.values[0], trial.number))

    @property
    def _sign(self) -> int:
        return 1 if self.directions[0] == "minimize" else -1

    def end(self, say: Notify, *, retrain: bool, runs_dir: str | Path | None) -> Tuned:
        """Write what the study knows, and train the winner."""
        from nnrecipes.tuning.pages import finalist_rows, write_study

        best = self.best()
        if best is None:
            ended = len(self.study.counted())
            raise ConfigError(f"tune: expected a trial with a finite value. Received: none, of {ended} that ended. "
                              "Try smaller learning rates.")  # fmt: skip
        verdict = self._verdict(say)
        params, scores = best.params, tuple(best.values)
        if verdict is not None:
            params, scores = verdict.winner.params, verdict.winner.chosen_by or verdict.winner.means
        values = values_of(params, self.tuning.space)
        winner = {**self.overrides, **values, "tuning": None}
        write_text(self.folder / "best.yaml", write_yaml(resolved(check(self.recipe, winner).config)))
        finalists = [] if verdict is None else finalist_rows(verdict, self.objectives, self.tuning)
        rows = write_study(self.folder, self.study, self.objectives, self.tuning, finalists)
        fresh = {} if verdict is None else dict(
            zip(self.objectives, zip(verdict.winner.means, verdict.own.means, strict=True), strict=True)
        )  # fmt: skip
        run = train(self.recipe, winner, data=self.data, runs_dir=runs_dir, notify=say) if retrain else None
        return Tuned(self.folder, self.objectives, values, scores, rows, fresh, finalists, run)

    def _verdict(self, say: Notify) -> "Verdict | None":
        """The finalists on validation rows drawn anew; None where rows have an order, or no division is asked for."""
        if self.tuning.redraws == 0 or self.config.data.split.kind in {"time", "order"}:
            return None
        from nnrecipes.tuning.finalists import judge

        return judge(self.trials, self.study, self.ranked(), self._sign, say)


def fingerprint_of(config: RecipeConfig) -> str:
    """A hash of what makes two studies the same: all of the recipe, but how many trials there are and who judges."""
    values = resolved(config)
    values["tuning"] = {key: value for key, value in values["tuning"].items() if key not in APART}
    values["training"]["callbacks"].pop("progress", None)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _most_side_by_side(tuning: TuningConfig) -> int:
    """How many trials may be drawn before one has ended, in rounds of equal size; TPE learns from those that have."""
    if tuning.folds or architectures(tuning.space) > 1:
        return 1
    rounds = math.ceil(tuning.trials / (8 if tuning.sampler == "tpe" else 16))
    return math.ceil(tuning.trials / rounds)


def _tuning(loaded: Loaded) -> TuningConfig:
    if loaded.config.tuning is None:
        raise ConfigError(
            f"{loaded.raw.origin}: tuning: expected a section with the space to search. Received: nothing."
        )
    return loaded.config.tuning


def _direction(config: RecipeConfig, tuning: TuningConfig, place: int) -> str:
    callbacks = config.training.callbacks
    name = (tuning.objectives or (callbacks.monitor,))[place]
    mode = direction_of(tuning, place)
    if mode == "auto":
        mode = callbacks.mode if name == callbacks.monitor else "auto"
    if mode == "auto":
        mode = resolve_mode(name) or "min"
    return "minimize" if mode == "min" else "maximize"


def _reporter(trial: Any) -> Callable[[int, float], bool]:
    def report(epoch: int, value: float) -> bool:
        if not np.isfinite(value):
            return False
        trial.report(value, epoch)
        return bool(trial.should_prune())

    return report


def _silent(_: str) -> None:
    """Say nothing."""
