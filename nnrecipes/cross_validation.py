"""A recipe -> scores of k networks on k folds: how good it is, and how much that depends on the rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.consistency import fill
from nnrecipes.config.distributed import notices_of_one_process
from nnrecipes.config.load import Overrides, Recipe, for_rows, is_recommender, read
from nnrecipes.data.stream_size import need_memory
from nnrecipes.errors import ConfigError
from nnrecipes.recipe import check, check_data

FOLDS = 5


@dataclass(frozen=True)
class CrossValidation:
    """What :func:`cross_validate` found.

    Args:
        folds: How many.
        rows: Rows that were scored, each once.
        test_rows: Rows of the recipe's test set, which stay untouched.
        epochs: Of each network.
        targets: Target -> ``metrics`` and ``baselines`` (each metric with ``mean``, ``sd``, ``folds``) and ``verdict``.
    """

    folds: int
    rows: int
    test_rows: int
    epochs: tuple[int, ...]
    targets: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {"folds": self.folds, "rows": self.rows, "test_rows": self.test_rows, "epochs": list(self.epochs),
                "targets": dict(self.targets)}  # fmt: skip

    def table(self) -> list[tuple[str, ...]]:
        """A row a metric: target, metric, mean ± sd of the network, and of each baseline."""
        rows: list[tuple[str, ...]] = [("target", "metric", f"mean ± sd of {self.folds} folds", "baselines")]
        for target, found in self.targets.items():
            for metric, value in found["metrics"].items():
                others = found.get("baselines", {})
                beside = ", ".join(f"{label} {_number(other[metric])}" for label, other in others.items()
                                   if other.get(metric, {}).get("mean") is not None)  # fmt: skip
                rows.append((target, metric, _number(value), beside))
        return rows

    def __str__(self) -> str:
        widths = [max(len(row[place]) for row in self.table()) for place in range(3)]
        lines = ["  ".join([*(row[place].ljust(widths[place]) for place in range(3)), row[3]]).rstrip()
                 for row in self.table()]  # fmt: skip
        verdicts = [found["verdict"] for found in self.targets.values() if "verdict" in found]
        scored = f"{self.rows:,} rows, each scored once by a network that never saw it"
        untouched = f"; the {self.test_rows:,} test rows of the recipe are untouched" if self.test_rows else ""
        return "\n".join([*lines, *verdicts, f"{scored}{untouched}."])


def cross_validate(
    recipe: Recipe,
    overrides: Overrides = None,
    *,
    folds: int = FOLDS,
    data: Any = None,
    notify: Callable[[str], None] | None = None,
) -> CrossValidation:
    """Train a recipe ``folds`` times, each time without another part of its rows, and score that part.

    The recipe's test rows are left out; all others are scored once. In each fold preprocessing, early stopping,
    calibration, thresholds and baselines see the other rows only. Folds keep the shares of classes or the groups that
    ``data.split`` keeps. Nothing is written.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        folds: How many, 2 or more.
        data: Rows for a recipe whose source is ``arrays``.
        notify: Called with each line that a user should read.

    Raises:
        ConfigError: If the recipe is wrong, or is one that has no folds.
        DataError: If the rows do not fit it, or do not allow for so many folds.

    Example:
        >>> import nnrecipes as nn
        >>> found = nn.cross_validate("sequential_wine", {"training.epochs": 2}, folds=3)
        >>> len(found.targets["cultivar"]["metrics"]["accuracy"]["folds"])
        3
    """
    say = notify or _silent
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise ConfigError(f"folds: expected a whole number above 1. Received: {folds!r}.")
    if is_recommender(read(recipe)):
        raise ConfigError("cross_validate: expected a recipe with targets. Received: a recommender's.")
    given = {} if data is None else {"data.source": {"kind": "arrays"}}
    loaded = check(recipe, _merged(overrides, given))
    if is_autoencoder(loaded.config) or loaded.config.model.kind == "own":
        kind = loaded.config.model.kind
        raise ConfigError(f"cross_validate: expected a recipe that predicts targets by a model of its own kinds. "
                          f"Received: model.kind {kind!r}.")  # fmt: skip
    if loaded.config.training.init_from is not None or loaded.config.training.freeze:
        raise ConfigError("cross_validate: expected a recipe without training.init_from and training.freeze, as folds "
                          "begin anew. Received: one of them.")  # fmt: skip
    need_memory(loaded.config, data, "cross_validate")
    dataset = check_data(loaded, data)
    for notice in [*dataset.notices, *notices_of_one_process(loaded.config, "the networks of all folds")]:
        say(notice)
    from nnrecipes.training.startup import start_tensorflow

    start_tensorflow()
    from nnrecipes.inference.cross_validation import cross_validated

    config = fill(for_rows(loaded, len(dataset.split.train)), dataset.tasks)
    found = cross_validated(config, dataset, folds, data=data, say=say)
    return CrossValidation(**{**found, "epochs": tuple(found["epochs"])})


def _merged(overrides: Overrides, given: Mapping[str, Any]) -> Overrides:
    from nnrecipes.config.overrides import parse_overrides

    known = overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ())
    return {**given, **known}


def _number(value: Mapping[str, Any]) -> str:
    if value["mean"] is None:
        return "–"
    spread = "" if value["sd"] is None else f" ± {value['sd']:.2g}"
    return f"{value['mean']:.4g}{spread}"


def _silent(_: str) -> None:
    """Say nothing."""
