"""The ``tuning`` section: which keys of the recipe a search tries, how, and for what."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from nnrecipes.config.base import Positive, PositiveInt, Section
from nnrecipes.config.names import fault

RANGES = ("uniform", "loguniform", "integer", "logint")
Direction = Literal["auto", "min", "max"]
Pair = tuple[float, float]
Pairs = tuple[int, int]


class ParameterConfig(Section):
    """The values that one key may take; exactly one of the first five.

    ``choice`` is a list of values, of whatever kind the key takes. ``uniform`` and ``loguniform`` are numbers between
    two limits, ``integer`` and ``logint`` whole ones, both limits included; ``step`` divides ``uniform`` and
    ``integer``. ``when`` names another key of the space and the value, or values, for which this one is tried;
    otherwise the recipe's own value stays.
    """

    choice: Annotated[tuple[Any, ...], Field(min_length=1)] | None = None
    uniform: Pair | None = None
    loguniform: Pair | None = None
    integer: Pairs | None = None
    logint: Pairs | None = None
    step: Positive | None = None
    when: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_range(self) -> Self:
        given = [name for name in ("choice", *RANGES) if getattr(self, name) is not None]
        if len(given) != 1:
            raise fault(f"one of choice, {', '.join(RANGES)}", ", ".join(given) or "none of them")
        kind = given[0]
        if kind == "choice":
            return self
        low, high = getattr(self, kind)
        if not low < high:
            raise fault("the lower limit, then the upper one", [low, high], key=kind)
        if kind.startswith("log") and low <= 0:
            raise fault("limits above 0", [low, high], key=kind)
        if self.step is not None and kind.startswith("log"):
            raise fault(f"no step of {kind}", self.step, key="step")
        if self.step is not None and kind == "integer" and self.step != int(self.step):
            raise fault("a whole number, as the limits are", self.step, key="step")
        return self

    @property
    def kind(self) -> str:
        """Which of the five."""
        return next(name for name in ("choice", *RANGES) if getattr(self, name) is not None)


class TuningConfig(Section):
    """A search by Optuna over keys of this recipe; ``nnrecipes tune`` runs it, ``nnrecipes train`` does not read it.

    ``space`` maps dotted keys (``training.optimizer.learning_rate``) to the values to try. ``objective`` is a name that
    an epoch logs for the validation rows, ``training.callbacks.monitor`` where it is left out, or several, which give a
    Pareto front. ``direction`` follows from the name. ``sampler`` is Optuna's; ``grid`` tries every combination.
    ``pruner`` stops trials early that are worse than others at the same epoch: ``auto`` is ``median``, and ``none``
    where there are ``folds`` or several objectives. ``folds`` scores a trial by cross-validation over training and
    validation rows. ``timeout`` is in seconds. The best ``finalists`` and the recipe's own values are trained once more
    on each of ``redraws`` divisions of training and validation rows, and those scores choose the winner; ``redraws: 0``
    leaves it to the trials. Rows with a time or an order are not divided anew.
    """

    space: Annotated[dict[str, ParameterConfig], Field(min_length=1)]
    objective: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    direction: Direction | tuple[Direction, ...] = "auto"
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    pruner: Literal["auto", "none", "median", "hyperband"] = "auto"
    trials: PositiveInt = 50
    timeout: Positive | None = None
    folds: Annotated[int, Field(ge=2)] | None = None
    finalists: PositiveInt = 5
    redraws: Annotated[int, Field(ge=0)] = 3

    @property
    def objectives(self) -> tuple[str, ...]:
        """The names that were given; empty where the monitor is meant."""
        if self.objective is None:
            return ()
        return (self.objective,) if isinstance(self.objective, str) else self.objective
