"""Two runs -> what differs between their recipes, and whether their test scores differ by more than chance."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.load import resolved
from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import RunError
from nnrecipes.evaluation.paired import Answers, better, differences
from nnrecipes.inference.any_run import load_run as any_run
from nnrecipes.inference.autoencoder import AutoencoderRun
from nnrecipes.inference.compare_autoencoders import compare_autoencoders
from nnrecipes.inference.compare_rankings import compare_rankings
from nnrecipes.inference.recommender import RecommenderRun
from nnrecipes.inference.run import Run
from nnrecipes.runs.integrity import check_file

FACTS = ("parameters", "epochs", "updates", "seconds", "seed")


def compare(
    a: Run | str | Path,
    b: Run | str | Path,
    *,
    runs_dir: str | Path | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Compare two finished runs.

    Scores are computed anew from each run's predictions of its test rows. Where both runs scored the same rows of the
    same data, the intervals are of paired differences; else they are not, and ``rows`` says why.

    Args:
        a: A run, or its folder, the beginning of its id, or ``latest``.
        b: The other.
        runs_dir: The folder of all runs, ``runs`` by default.
        confidence: Of the intervals.
        resamples: Bootstrap resamples.
        seed: Of the resamples.

    Returns:
        ``a`` and ``b`` (recipe, id, path, counts); ``config``, dotted key -> its value in ``a`` and ``b`` (a key that a
        recipe does not have is left out), only those that differ; ``rows``, whether the differences are paired and why
        not; ``targets``, name -> ``metrics`` (``a``, ``b``, ``difference`` = b - a, ``low``, ``high``), ``sentence``.

    Raises:
        RunError: If there is no such run, or its predictions are damaged.
    """
    held = (Run, RecommenderRun, AutoencoderRun)
    both = [one if isinstance(one, held) else any_run(one, runs_dir=runs_dir) for one in (a, b)]
    rankings = [one for one in both if isinstance(one, RecommenderRun)]
    if len(rankings) == 2:
        return compare_rankings(*rankings, confidence=confidence, resamples=resamples, seed=seed)
    if rankings:
        raise RunError(
            f"compare: expected two runs of a kind. Received: {rankings[0].path}, a recommender's, and another."
        )
    rebuilding = [one for one in both if isinstance(one, AutoencoderRun)]
    if len(rebuilding) == 2:
        return compare_autoencoders(*rebuilding, confidence=confidence, resamples=resamples, seed=seed)
    if rebuilding:
        raise RunError(
            f"compare: expected two runs of a kind. Received: {rebuilding[0].path}, an autoencoder's, and another."
        )
    runs: list[Run] = both
    first, second = (_read(run) for run in runs)
    why = _not_paired(runs[0], runs[1], first, second)
    targets = {}
    for name in {**first.targets, **second.targets}:
        targets[name] = _target(name, first, second, why, confidence=confidence, resamples=resamples, seed=seed)
    return {
        "a": _about(runs[0]),
        "b": _about(runs[1]),
        "config": config_differences(resolved(runs[0].config), resolved(runs[1].config)),
        "rows": {"paired": not why, "why": why, "a": len(first.ids), "b": len(second.ids)},
        "confidence": confidence,
        "targets": targets,
    }


def config_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return dotted key -> its values, for the keys that differ; lists are compared whole.

    Example:
        >>> config_differences({"model": {"l2": 0.0, "units": [3]}}, {"model": {"l2": 0.1, "units": [3]}, "seed": 1})
        {'model.l2': {'a': 0.0, 'b': 0.1}, 'seed': {'b': 1}}
    """
    sides = {"a": _flat(a), "b": _flat(b)}
    found = {}
    for key in {**sides["a"], **sides["b"]}:
        values = {side: flat[key] for side, flat in sides.items() if key in flat}
        if len(values) < 2 or values["a"] != values["b"]:
            found[key] = values
    return found


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{before}{key}.")
        else:
            found[f"{before}{key}"] = value
    return found


class _Predictions:
    """A run's ``predictions.csv``: row ids, and each target's answers."""

    def __init__(self, run: Run) -> None:
        self.path = run.folder.predictions
        self.targets = {target.name: target for target in run.spec.targets}
        if not self.path.is_file():
            raise RunError(f"{self.path}: expected the predictions of a run with test rows. Received: nothing there.")
        try:
            self._frame = pd.read_csv(
                check_file(run.folder, self.path, run.provenance), dtype=str, keep_default_na=False
            )
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path}: expected the run's predictions. Received: {error}.") from None
        self._columns = {name: section.columns for name, section in run.config.targets.items()}
        self._metrics = run.metrics
        self.ids = self._numbers("row_id").astype(np.int64)

    def answers(self, name: str) -> Answers:
        """Return what the run said of one target."""
        target = self.targets[name]
        threshold = float(self._metrics.get(name, {}).get("threshold", {}).get("value", 0.5))
        if target.task == "regression":
            return Answers(self._numbers(name), self._numbers(f"predicted_{name}"))
        if target.task == "identity":
            return Answers(self._truth(target), self._vectors(name))
        probabilities = [self._numbers(f"predicted_{name}_probability_{label}") for label in target.classes]
        return Answers(self._truth(target), np.stack(probabilities, axis=1), threshold)

    def _truth(self, target: TargetSpec) -> Array:
        if target.task == "multilabel":
            return np.stack([self._numbers(column) for column in self._columns[target.name] or ()], axis=1)
        words = self._text(target.name)
        if target.task == "identity":
            return np.asarray(np.unique(words, return_inverse=True)[1])
        codes = {label: code for code, label in enumerate(target.classes)}
        strange = sorted(set(words) - set(codes))
        if strange:
            raise RunError(f"{self.path}: {target.name}: expected one of {', '.join(codes)}. Received: {strange[0]!r}.")
        return np.array([codes[word] for word in words], dtype=np.int64)

    def _vectors(self, name: str) -> Array:
        start = f"predicted_{name}_embedding_"
        columns = [column for column in map(str, self._frame) if column.startswith(start)]
        return np.stack([self._numbers(column) for column in columns], axis=1)

    def _text(self, column: str) -> list[str]:
        if column not in self._frame:
            raise RunError(f"{self.path}: expected the column {column!r}. Received: a file without it.")
        return [str(word) for word in self._frame[column]]

    def _numbers(self, column: str) -> Array:
        try:
            return np.array([float(word) if word else np.nan for word in self._text(column)])
        except ValueError as error:
            raise RunError(f"{self.path}: {column}: expected numbers. Received: {error}.") from None


def _read(run: Run) -> _Predictions:
    found = _Predictions(run)
    if found.ids.tolist() != run.provenance["rows"]["test"]:
        raise RunError(f"{found.path}: expected the run's test rows. Received: others; the file was altered.")
    return found


def _not_paired(a: Run, b: Run, first: _Predictions, second: _Predictions) -> str:
    """Return why the rows of both are not the same, or nothing."""
    if a.provenance["data"]["sha256"] != b.provenance["data"]["sha256"]:
        return "the runs were scored on different data"
    if not np.array_equal(first.ids, second.ids):
        common = len(np.intersect1d(first.ids, second.ids))
        return f"the runs were scored on different rows of the same data ({common:,} in common)"
    return ""


def _target(name: str, first: _Predictions, second: _Predictions, why: str, **settings: Any) -> dict[str, Any]:
    target, other = first.targets.get(name), second.targets.get(name)
    if target is None or other is None:
        return {"sentence": f"{name}: only {'B' if target is None else 'A'} predicts it."}
    if target.task != other.task:
        return {"sentence": f"{name}: not compared: {target.task} in A, {other.task} in B."}
    if target.task != "identity" and set(target.classes) != set(other.classes):
        strange = ", ".join(sorted(set(target.classes) ^ set(other.classes)))
        return {"sentence": f"{name}: not compared: {strange} is a class in one run only."}
    a, b = first.answers(name), _as_ordered(second.answers(name), other, target)
    if not (np.isfinite(a.prediction).all() and np.isfinite(b.prediction).all()):
        return {"sentence": f"{name}: not compared: predictions that are not finite."}
    if not why and not np.array_equal(a.truth, b.truth):
        why = "the runs read the true values differently"
    metrics = differences(target, a, b, paired=not why, **settings)
    primary = {"regression": "rmse", "identity": "roc_auc"}.get(target.task, "log_loss")
    sentence = _sentence(name, primary, metrics[primary], len(a.truth), why, settings["confidence"])
    return {"task": target.task, "paired": not why, "metric": primary, "metrics": metrics, "sentence": sentence}


def _as_ordered(answers: Answers, given: TargetSpec, wanted: TargetSpec) -> Answers:
    """Bring classes into another order; with another positive class the threshold is that of the other side."""
    if given.classes == wanted.classes or given.task == "identity":
        return answers
    order = [given.classes.index(label) for label in wanted.classes]
    if given.task == "multilabel":
        return Answers(answers.truth[:, order], answers.prediction[:, order])
    return Answers(np.argsort(order)[answers.truth], answers.prediction[:, order], 1 - answers.threshold)


def _sentence(name: str, metric: str, row: Mapping[str, Any], rows: int, why: str, confidence: float) -> str:
    numbers = f"{metric} {_shown(row['a'])} in A, {_shown(row['b'])} in B (B - A {_shown(row['difference'])}"
    over = f"unpaired: {why}" if why else f"the same {rows:,} test rows"
    if row["low"] is None:
        return f"{name}: too few rows to tell A from B: {numbers}; {over})."
    numbers += f", {confidence * 100:.4g} % interval {_shown(row['low'])} to {_shown(row['high'])}; {over})"
    won = better(metric, row["low"], row["high"]).upper()
    if won:
        return f"{name}: {won} is better: {numbers}."
    same = row["low"] == row["high"] == 0
    return f"{name}: {'A and B score alike' if same else 'no clear difference between A and B'}: {numbers}."


def _shown(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def _about(run: Run) -> dict[str, Any]:
    facts = {name: run.provenance.get(name) for name in FACTS}
    return {"recipe": run.folder.recipe, "id": run.folder.id, "path": str(run.path), **facts}
