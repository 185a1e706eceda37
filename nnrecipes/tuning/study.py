"""A study: Optuna's memory of trials in a file that several processes share and that a kill leaves whole.

The journal is appended to under a lock of the system's, which goes with its process. Each running trial names the
process that runs it; where that has died, its values are tried again before new ones, so that every trial counts once.
"""

import fcntl
import json
import math
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.tuning import TuningConfig
from nnrecipes.data.spec import derive_seed
from nnrecipes.errors import ConfigError, RunError, cannot_write
from nnrecipes.tuning.space import grid, in_order, size

if TYPE_CHECKING:
    import optuna

    from nnrecipes.tuning.trial import Outcome

WORKER, RECIPE, SEED, JUDGED = "worker", "recipe", "seed", "judged"
NAME = "study"


def optuna_module() -> Any:
    """Optuna, quiet.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "IProgress not found")  # tqdm, in a notebook without widgets
            import optuna
    except ImportError:
        expected = "tune: expected Optuna (pip install 'nnrecipes[tune]')"
        raise ConfigError(f"{expected}. Received: a Python without it.") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


class Study:
    """Trials that are asked for and told, by one of the processes that share them.

    Args:
        storage: A file, or the URL of a database that Optuna knows (``sqlite:///...``).
        tuning: The recipe's ``tuning`` section.
        directions: ``minimize`` or ``maximize`` for each objective.
        fingerprint: What the trials are of: a study of another recipe is refused.
        seed: Of the recipe; the sampler's choices derive from it and the number of the trial.
        lock: A file of the study's own, locked while a trial is taken.
        first: Values of the first trial, as Optuna's params.
    """

    def __init__(
        self,
        storage: str,
        tuning: TuningConfig,
        directions: Sequence[str],
        fingerprint: str,
        seed: int,
        lock: Path,
        first: Mapping[str, Any] | None = None,
    ) -> None:
        self.first = dict(first or {})
        self.optuna = optuna_module()
        self.tuning, self.seed, self.lock = tuning, seed, lock
        with self._alone():
            self.study = self.optuna.create_study(
                storage=self._storage(storage), study_name=NAME, directions=list(directions), load_if_exists=True,
                pruner=self._pruner(),
            )  # fmt: skip
            known = self.study.user_attrs.get(RECIPE)
            if known is None:
                self.study.set_user_attr(RECIPE, fingerprint)
            elif known != fingerprint:
                raise RunError(f"{storage}: expected a study of this recipe and space. Received: one of another. "
                               "Name a new file, or tune the recipe as it was.")  # fmt: skip

    def take(self) -> "optuna.trial.Trial | None":
        """Return the next trial, or None when there are enough; one that a dead process left is tried first."""
        with self._alone():
            self._bury()
            counted = self.counted()
            if len(counted) + len(self._in("RUNNING")) >= self.tuning.trials:
                return None
            if self.tuning.sampler == "grid" and not self._next_of_grid():
                return None
            if self._exhausted(counted):
                return None
            number = len(self.study.get_trials(deepcopy=False))
            if number == 0 and self.first and self.tuning.sampler != "grid":
                self.study.enqueue_trial(self.first)
            self.study.sampler = self._sampler(number)
            trial = self.study.ask()
            trial.set_user_attr(WORKER, this_process())
            return trial

    def tell(self, trial: "optuna.trial.Trial", found: "Outcome", seconds: float) -> None:
        """End a trial; one that was stopped, or whose value is no number, counts as given up."""
        trial.set_user_attr("epochs", found.epochs)
        trial.set_user_attr("seconds", seconds)
        if found.pruned or not all(map(math.isfinite, found.values)):
            self.study.tell(trial, state=self.optuna.trial.TrialState.PRUNED)
        else:
            self.study.tell(trial, list(found.values))

    def counted(self) -> list[Any]:
        """The trials that came to an end, pruned ones too."""
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.state.name in {"COMPLETE", "PRUNED"}]

    def judged(self) -> dict[str, list[float]]:
        """What :meth:`keep_judged` was given, all calls in one."""
        found: dict[str, list[float]] = json.loads(self.study.user_attrs.get(JUDGED, "{}"))
        return found

    def keep_judged(self, scores: Mapping[str, Sequence[float]]) -> None:
        """Keep scores of finalists, so that a second search, or one behind a kill, does not train them again."""
        self.study.set_user_attr(JUDGED, json.dumps({**self.judged(), **scores}))

    def running(self) -> list[Any]:
        """The trials that some living process works on."""
        return [trial for trial in self._in("RUNNING") if lives(trial.user_attrs.get(WORKER, ""))]

    def _bury(self) -> None:
        """Give up the trials of dead processes, and queue the values of every given-up trial that no other one has.

        A kill between the two, or before the values of a queued trial were read, leaves nothing behind but this.
        """
        for trial in self._in("RUNNING"):
            if not lives(trial.user_attrs.get(WORKER, "")):
                self.study.tell(trial.number, state=self.optuna.trial.TrialState.FAIL)
        others = [trial for trial in self.study.get_trials(deepcopy=False) if trial.state.name != "FAIL"]
        known = [values for trial in others for values in (trial.params, queued(trial))]
        for trial in self._in("FAIL"):
            values = {**queued(trial), **trial.params}
            if values and values not in known:
                self.study.enqueue_trial(values)
                known.append(values)

    def _in(self, state: str) -> list[Any]:
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.state.name == state]

    def _next_of_grid(self) -> bool:
        """Queue the first combination that nobody has tried or is trying."""
        if self._in("WAITING"):
            return True
        taken = [trial.params for trial in [*self.counted(), *self._in("RUNNING")]]
        fresh = next((params for params in grid(self.tuning.space) if params not in taken), None)
        if fresh is not None:
            self.study.enqueue_trial(fresh)
        return fresh is not None

    def _exhausted(self, counted: Sequence[Any]) -> bool:
        """Whether a space of few combinations has no new one; a trial that had the values of another shows it."""
        if len(counted) < 2 or size(self.tuning.space) > len(counted):
            return False
        return len({str(sorted(trial.params.items())) for trial in counted}) >= len(grid(self.tuning.space))

    def _sampler(self, number: int) -> Any:
        seed = derive_seed(self.seed, "search", number)
        samplers = self.optuna.samplers
        if self.tuning.sampler == "tpe":
            return samplers.TPESampler(seed=seed, n_startup_trials=min(10, max(self.tuning.trials // 4, 2)),
                                       multivariate=False, constant_liar=True)  # fmt: skip
        return samplers.RandomSampler(seed=seed)

    def _pruner(self) -> Any:
        pruners, kind = self.optuna.pruners, self.tuning.pruner
        several = len(self.tuning.objectives) > 1 or self.tuning.folds is not None
        if kind == "hyperband":
            return pruners.HyperbandPruner()
        return pruners.NopPruner() if kind == "none" or several else pruners.MedianPruner(n_warmup_steps=3)

    def _storage(self, storage: str) -> Any:
        if "://" in storage:
            return storage
        journal = self.optuna.storages.journal
        path = Path(storage)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            backend = journal.JournalFileBackend(str(path), lock_obj=SystemLock(path))
            return self.optuna.storages.JournalStorage(backend)
        except OSError as error:
            raise cannot_write(path, error) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.lock.parent.mkdir(parents=True, exist_ok=True)
            file = self.lock.open("a")
        except OSError as error:
            raise cannot_write(self.lock, error) from None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def queued(trial: Any) -> dict[str, Any]:
    """The values that a trial was queued with."""
    return dict(trial.system_attrs.get("fixed_params") or {})


class SystemLock:
    """The lock of a journal while a line is added: the system takes it away when its process dies.

    Whoever gets it first cuts what a kill left of a line, so that the journal stays readable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: Any = None

    def acquire(self) -> bool:
        """Wait for the lock."""
        self.file = self.path.with_name(f"{self.path.name}.lock").open("a")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        mend(self.path)
        return True

    def release(self) -> None:
        """Let the next one in."""
        self.file.close()


def mend(path: Path) -> None:
    """Cut an unfinished line from the end of a journal."""
    with path.open("rb+") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)


def this_process() -> str:
    """A name of this process that no later one has: its id and when it began, in ticks of the system's clock."""
    return f"{os.getpid()}:{_begun(os.getpid())}"


def lives(worker: str) -> bool:
    """Whether the process of that name still runs."""
    number, _, begun = worker.partition(":")
    return bool(number) and _begun(int(number)) == begun != ""


def _begun(process: int) -> str:
    try:
        status = Path(f"/proc/{process}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return "" if Path("/proc").is_dir() else _alive(process)
    return status.rpartition(")")[2].split()[19]


def _alive(process: int) -> str:
    """Where there is no /proc, whether a process of that number runs is all that is known."""
    try:
        os.kill(process, 0)
    except OSError:
        return ""
    return "alive"


def params_text(params: Mapping[str, Any], space: Mapping[str, Any]) -> str:
    """The values of a trial in words, in the order of the space.

    Example:
        >>> params_text({"training.optimizer.learning_rate": 0.00123456}, {"training.optimizer.learning_rate": None})
        'learning_rate .00123'
    """
    keys = in_order(space) if all(space.values()) else list(space)
    known = [key for key in keys if key in params]
    return ", ".join(f"{key.rpartition('.')[2]} {short(params[key])}" for key in known)


def short(value: Any) -> str:
    """A value of a trial in three digits."""
    if isinstance(value, float):
        return f"{value:.3g}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3g}"
    return str(value)
