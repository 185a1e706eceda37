"""Whether a training row's own label enters its own features: two rows exchange their labels and must not move.

A label of one row may move the statistics that other rows are encoded by, so whole arrays may change; the row itself
may not. The exchange leaves all the rest of what the encoders look at as it was:

- the counts of the classes and the sum of the labels, and with it the prior;
- the folds of cross-fitted encoding: both rows are in one fold before and after, which is looked up, because a
  stratified fold depends on the labels (the rows are put in a random order first, so that a table sorted by its target
  has such neighbours too);
- a row is compared in the columns in which the two rows have different categories, as within one category the exchange
  cancels out, and an ordered encoding rightly shows it to the later row;
- the scale that follows an encoding, a statistic of all training rows, is left out of both fits.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nnrecipes.audit.compare import sources
from nnrecipes.audit.frozen import SETS, Frozen
from nnrecipes.audit.result import Check, Leak
from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.data.splits import RowSplit
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.preprocessing.plans import CategoricalPlan, Plan
from nnrecipes.preprocessing.target_encoding import split_folds

PAIRS = 3
MOST_PAIRS = 8
TRIES = 100
ULPS = 4
"""Exchanging two numbers of a regression target moves their sum by a rounding error."""


@dataclass(frozen=True)
class Pair:
    """Two training rows, by row id, and the categorical features in which they differ."""

    rows: tuple[int, int]
    differ: frozenset[str]


def check_own_labels(frozen: Frozen, fit: Callable[[Frozen], Prepared]) -> Check:
    """Exchange the labels of some pairs of training rows, one pair a fit, and compare those rows.

    Args:
        frozen: The recipe and its rows.
        fit: Loads and fits.
    """
    order = np.random.default_rng(derive_seed(frozen.config.seed, "audit")).permutation(len(frozen.frame))
    plain = _reordered(_without_scale(frozen), order)
    reference = fit(plain)
    pairs = find_pairs(plain, reference.preprocessor.plan)
    moved: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        after = fit(_exchange(plain, pair))
        for place, line in _moved_columns(pair, reference, after, set(_categorical(plain)), order):
            moved.setdefault(place, []).append(line)
    count = 2 * len(pairs)
    leaks = tuple(
        Leak(
            f"column {name!r} (input {place!r})", f"{len(lines)} of {count} rows moved with their own label: {lines[0]}"
        )
        for (place, name), lines in moved.items()
    )
    unseen = set(_categorical(plain)) - {name for pair in pairs for name in pair.differ}
    beside = f", but for {', '.join(sorted(unseen))}" if unseen else ""
    good = "unmoved" if pairs else "not checked"
    return Check(f"labels of {count} training rows, a pair at a time", f"those rows' own x{beside}", good, leaks)


def find_pairs(frozen: Frozen, plan: Plan) -> list[Pair]:
    """Choose neighbouring training rows with different labels, until every category column differs in some pair.

    Args:
        frozen: The recipe and its rows.
        plan: What the preprocessor is asked to do.
    """
    frame = frozen.frame.iloc[frozen.split.train]
    target = plan.encode_target or next(iter(frozen.tasks))
    kept = _fold_keeper(frozen, plan, target)
    starts = _unlike_neighbours(frame, frozen, target)
    names = _categorical(frozen)
    unlike = {name: _differs(frame[name]) for name in names}
    pairs: dict[int, Pair] = {}

    def take(candidates: Array, wanted: int) -> None:
        for start in candidates[:TRIES].tolist():
            if len(pairs) < wanted and start not in pairs and kept(start):
                ids = frozen.split.train[start : start + 2].tolist()
                pairs[start] = Pair((ids[0], ids[1]), frozenset(n for n in names if unlike[n][start]))

    for name in names:
        if not any(name in pair.differ for pair in pairs.values()):
            take(starts[unlike[name][starts]], min(len(pairs) + 1, MOST_PAIRS))
    take(starts, max(PAIRS, len(pairs)))
    return list(pairs.values())


def _fold_keeper(frozen: Frozen, plan: Plan, target: str) -> Callable[[int], bool]:
    """Return whether rows ``start`` and ``start + 1`` are in one fold, and all folds stay, when they change labels."""
    chosen = plan.columns.values()
    counts = {c.folds for c in chosen if isinstance(c, CategoricalPlan) and c.encode == "target"}
    rows, strata = len(frozen.split.train), None
    if frozen.tasks[target] in ("binary", "multiclass"):
        strata = pd.factorize(frozen.frame[target].iloc[frozen.split.train])[0]
    before = {count: _fold_of_rows(rows, strata, count, plan.seed) for count in counts}

    def keeps(start: int) -> bool:
        pair = [start, start + 1]
        if any(fold[start] != fold[start + 1] for fold in before.values()):
            return False
        if strata is None or not counts:
            return True
        exchanged = strata.copy()
        exchanged[pair] = strata[pair[::-1]]
        return all(np.array_equal(fold, _fold_of_rows(rows, exchanged, count, plan.seed))
                   for count, fold in before.items())  # fmt: skip

    return keeps


def _fold_of_rows(rows: int, strata: Array | None, folds: int, seed: int) -> Array:
    found = np.empty(rows, dtype=np.int64)
    for number, (_, fold) in enumerate(split_folds(rows, strata=strata, folds=folds, seed=seed)):
        found[fold] = number
    return found


def _unlike_neighbours(frame: pd.DataFrame, frozen: Frozen, target: str) -> Array:
    """Positions of training rows whose label differs from the next one's: by a standard deviation, of numbers."""
    column = frame[frozen.labels[target][0]]
    if frozen.tasks[target] != "regression":
        return np.flatnonzero(_differs(column))
    steps = np.abs(np.diff(column.to_numpy(dtype=np.float64)))
    return np.flatnonzero(steps >= min(column.std(), steps.max(initial=0.0)))


def _differs(column: pd.Series) -> Array:
    codes = pd.factorize(column)[0]
    return np.asarray(codes[1:] != codes[:-1])


def _categorical(frozen: Frozen) -> list[str]:
    return [name for name, kind in frozen.types.items() if kind == "categorical"]


def _exchange(frozen: Frozen, pair: Pair) -> Frozen:
    rows = np.array(pair.rows)
    columns = [name for names in frozen.labels.values() for name in names]
    return frozen.with_values(rows, {name: frozen.frame[name].to_numpy()[rows[::-1]] for name in columns})


def _reordered(frozen: Frozen, order: Array) -> Frozen:
    """Give the rows new ids: the new row ``i`` is the old row ``order[i]``."""
    places = np.argsort(order)
    split = RowSplit(*(np.sort(places[getattr(frozen.split, name)]) for name in SETS))
    return replace(frozen, frame=frozen.frame.iloc[order].reset_index(drop=True), split=split)


def _without_scale(frozen: Frozen) -> Frozen:
    section = frozen.config.preprocessing
    own = {name: column.model_copy(update={"scale": "none"}) if frozen.types.get(name) == "categorical" else column
           for name, column in section.columns.items()}  # fmt: skip
    categorical = section.categorical.model_copy(update={"scale": "none"})
    changed = section.model_copy(update={"categorical": categorical, "columns": own})
    return replace(frozen, config=frozen.config.model_copy(update={"preprocessing": changed}))


def _moved_columns(
    pair: Pair, before: Prepared, after: Prepared, categorical: set[str], ids: Array
) -> Iterator[tuple[tuple[str, str], str]]:
    features: Mapping[str, Sequence[str]] = sources(before.preprocessor)
    for name, old in before.train.x.items():
        new = after.train.x[name]
        for row in pair.rows:
            one, other = _row(before, old, row), _row(after, new, row)
            if one.shape != other.shape:
                yield (name, "*"), f"row {ids[row]}: {len(one)} -> {len(other)} columns"
                continue
            seen = set()
            for i in _unlike(one, other):
                feature = features[name][i] if len(features[name]) == one.size else f"column {i}"
                if feature not in seen and (feature not in categorical or feature in pair.differ):
                    seen.add(feature)
                    yield (name, feature), f"row {ids[row]}: {one[i]:.6g} -> {other[i]:.6g}"


def _unlike(one: Array, other: Array) -> list[int]:
    allowed = ULPS * np.spacing(np.maximum(np.abs(one), np.abs(other)))
    return [int(i) for i in np.flatnonzero(np.abs(one - other) > allowed)]


def _row(prepared: Prepared, matrix: Array, row: int) -> Array:
    """Return one row by its id, empty where it is not among the training rows."""
    return np.asarray(matrix[prepared.train.rows == row].ravel(), dtype=np.float32)
