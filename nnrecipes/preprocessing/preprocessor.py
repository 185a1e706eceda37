"""Prepared rows -> the arrays that a network takes, by what training rows taught; and the network's output back.

Training rows go through :meth:`Preprocessor.fit_transform`, which encodes them out of fold where a target is averaged;
all other rows go through :meth:`Preprocessor.transform`. The two differ on purpose.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from nnrecipes.config.data import MEDIA
from nnrecipes.data.schema import Schema
from nnrecipes.data.spec import Array, DataSpec
from nnrecipes.errors import DataError, NotFittedError
from nnrecipes.preprocessing.bins import bin_goal
from nnrecipes.preprocessing.categorical import count_unseen
from nnrecipes.preprocessing.decode import decode_output
from nnrecipes.preprocessing.features import (
    Feature,
    feature_levels,
    fit_feature,
    input_matrix,
    input_spec,
    read_feature,
    transform_feature,
    write_feature,
)
from nnrecipes.preprocessing.labels import row_list
from nnrecipes.preprocessing.media import MediaState, fit_media, media_spec, read_media, transform_media, write_media
from nnrecipes.preprocessing.plans import CategoricalPlan, NumericPlan, Plan
from nnrecipes.preprocessing.state import load_state, save_state
from nnrecipes.preprocessing.targets import TargetColumn, encoding_goal, fit_target, target_labels, target_truth


class Preprocessor:
    """Fitted on training rows; transforms any rows.

    Args:
            schema: The feature columns, as training and prediction both read them.
            plan: What becomes of each feature and target.

    Example:
        >>> from nnrecipes.preprocessing.plans import InputPlan, Plan, TargetPlan
        >>> target = TargetPlan("sex", "sex", "binary", "sigmoid", "binary")
        >>> preprocessor = Preprocessor(Schema({"age": "numeric"}), Plan((InputPlan("features", ("age",)),), (target,)))
        >>> x, y = preprocessor.fit_transform(pd.DataFrame({"age": [1.0, 3.0], "sex": ["f", "m"]}))
        >>> x["features"].tolist(), y["sex"].tolist(), preprocessor.spec.targets[0].classes
        ([[-1.0], [1.0]], [[0.0], [1.0]], ('f', 'm'))
    """

    def __init__(self, schema: Schema, plan: Plan) -> None:
        self.schema = schema
        self.plan = plan

    def fit_transform(self, frame: pd.DataFrame) -> tuple[dict[str, Array], dict[str, Array]]:
        """Learn from the training rows and return them as the network takes them.

        Args:
            frame: Training rows, and only those: features and target columns; the index is the row id.

        Returns:
            Input name -> array ``(rows, ...)``, and output name -> labels ``(rows, ...)``.

        Raises:
            DataError: Values that a policy refuses, or that leave nothing to learn from.
        """
        if len(frame) == 0:
            raise DataError("preprocessing: expected training rows. Received: 0 rows.")
        targets = {plan.name: fit_target(frame, plan) for plan in self.plan.targets}
        goal = None
        if self.plan.encode_target is not None:
            target = targets[self.plan.encode_target]
            goal = encoding_goal(target_truth(frame, target), target)
        told = self.told(frame, targets)
        self.check_gaps(frame)
        features: dict[str, dict[str, Feature]] = {}
        media: dict[str, MediaState] = {}
        x: dict[str, Array] = {}
        for plan in self.plan.inputs:
            if plan.kind in MEDIA:
                columns = frame[list(plan.features)]
                media[plan.name] = fit_media(columns, plan)
                x[plan.name] = transform_media(columns, media[plan.name])
                continue
            fitted = {name: fit_feature(frame[name], self.column_plan(name), kind=plan.kind, goal=goal,
                                        targets=told, seed=self.plan.seed, where=f"column {name!r}")
                      for name in plan.features}  # fmt: skip
            features[plan.name] = {name: feature for name, (feature, _) in fitted.items()}
            x[plan.name] = input_matrix({name: block for name, (_, block) in fitted.items()}, plan.kind)
        self.take_fitted(targets, features, media)
        return x, self.labels(frame)

    def take_fitted(
        self,
        targets: dict[str, TargetColumn],
        features: dict[str, dict[str, Feature]],
        media: Mapping[str, MediaState] = MappingProxyType({}),
    ) -> None:
        """Be what was learnt elsewhere: target -> its column, and input -> feature -> its column."""
        self.targets_, self.features_, self.media_ = targets, features, dict(media)
        inputs = tuple(media_spec(plan, media[plan.name]) if plan.name in media
                       else input_spec(plan, features[plan.name]) for plan in self.plan.inputs)  # fmt: skip
        self.spec_ = DataSpec(inputs, tuple(target.spec for target in targets.values()))

    def transform(self, frame: pd.DataFrame) -> dict[str, Array]:
        """Return rows that are not training rows as the network takes them.

        Args:
            frame: Rows as :func:`~nnrecipes.data.schema.prepare` gives them; target columns are not needed.

        Returns:
            Input name -> array ``(rows, ...)`` in the form that the input's spec names.

        Raises:
            DataError: Missing values that a column's policy refuses.
        """
        self._check_fitted()
        self.check_gaps(frame)
        x: dict[str, Array] = {}
        for plan in self.plan.inputs:
            if plan.name in self.media_:
                x[plan.name] = transform_media(frame[list(plan.features)], self.media_[plan.name])
                continue
            features = self.features_[plan.name]
            blocks = {name: transform_feature(frame[name], feature) for name, feature in features.items()}
            x[plan.name] = input_matrix(blocks, plan.kind)
        return x

    def truth(self, frame: pd.DataFrame) -> dict[str, Array]:
        """Return target -> what the rows really are: float64 in the target's own unit, int64 class numbers, or 0/1."""
        self._check_fitted()
        return {name: target_truth(frame, target) for name, target in self.targets_.items()}

    def labels(self, frame: pd.DataFrame) -> dict[str, Array]:
        """Return output -> labels in the form that the target's spec names."""
        truth = self.truth(frame)
        return {target.spec.output: target_labels(truth[name], target) for name, target in self.targets_.items()}

    def decode(self, outputs: dict[str, Array]) -> dict[str, Array]:
        """Return target -> predictions, from output -> what the network says.

        Regression comes back in the target's own unit, float64 ``(rows,)``; classes as probabilities
        ``(rows, classes)``, two columns for a binary target; see :mod:`nnrecipes.preprocessing.decode`.

        Raises:
            DataError: An output is absent or has the wrong shape.
        """
        self._check_fitted()
        absent = [target.spec.output for target in self.targets_.values() if target.spec.output not in outputs]
        if absent:
            raise DataError(f"expected the outputs {', '.join(absent)}. Received: {', '.join(outputs) or 'none'}.")
        return {name: decode_output(outputs[target.spec.output], target.spec, target.scaler)
                for name, target in self.targets_.items()}  # fmt: skip

    def unseen(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return column -> how many rows have a category that no training row has; only columns that have any."""
        self._check_fitted()
        fitted = {name: feature for features in self.features_.values() for name, feature in features.items()}
        levels = {name: found for name, feature in fitted.items() if (found := feature_levels(feature)) is not None}
        counts = {name: count_unseen(frame[name], found) for name, found in levels.items()}
        return {name: count for name, count in counts.items() if count}

    @property
    def spec(self) -> DataSpec:
        """Names, shapes and classes of the inputs and targets: all that models know of the data."""
        self._check_fitted()
        return self.spec_

    def save(self, folder: Path | str) -> None:
        """Write ``state.json`` and ``tables.npz`` into a folder; :meth:`load` reads them back exactly."""
        self._check_fitted()
        features = {name: {column: write_feature(feature) for column, feature in columns.items()}
                    for name, columns in self.features_.items()}  # fmt: skip
        targets = {name: target.to_dict() for name, target in self.targets_.items()}
        media = {name: write_media(state) for name, state in self.media_.items()}
        save_state(folder, {"schema": self.schema.to_dict(), "plan": self.plan.to_dict(), "spec": self.spec_.to_dict(),
                            "features": features, "media": media, "targets": targets})  # fmt: skip

    @classmethod
    def load(cls, folder: Path | str) -> "Preprocessor":
        """Return the fitted preprocessor that :meth:`save` wrote.

        Raises:
            RunError: The files are absent or not readable.
        """
        state: dict[str, Any] = load_state(folder)
        loaded = cls(Schema.from_dict(state["schema"]), Plan.from_dict(state["plan"]))
        loaded.spec_ = DataSpec.from_dict(state["spec"])
        loaded.features_ = {name: {column: read_feature(feature) for column, feature in columns.items()}
                            for name, columns in state["features"].items()}  # fmt: skip
        loaded.media_ = {name: read_media(part) for name, part in state.get("media", {}).items()}
        loaded.targets_ = {name: TargetColumn.from_dict(target) for name, target in state["targets"].items()}
        return loaded

    def _check_fitted(self) -> None:
        if not hasattr(self, "targets_"):
            raise NotFittedError("preprocessor: expected fit_transform on training rows first. Received: no fit.")

    def told(self, frame: pd.DataFrame, targets: dict[str, TargetColumn]) -> Array | None:
        """What target-aware bins are to tell: all targets side by side, ``(rows, columns)``; None without such bins."""
        if not any(isinstance(plan, NumericPlan) and plan.target_bins for plan in self.plan.columns.values()):
            return None
        goals = [encoding_goal(target_truth(frame, target), target) for target in targets.values()]
        return bin_goal([goal.values for goal in goals])

    def column_plan(self, name: str) -> NumericPlan | CategoricalPlan:
        """The plan of a feature: its own, or that of its type."""
        if name in self.plan.columns:
            return self.plan.columns[name]
        return CategoricalPlan() if self.schema.features[name] == "categorical" else NumericPlan()

    def check_gaps(self, frame: pd.DataFrame) -> None:
        """Refuse missing values that a column's policy refuses.

        Raises:
            DataError: There are some, with their rows.
        """
        problems = []
        for name in dict.fromkeys(n for plan in self.plan.inputs if plan.kind not in MEDIA for n in plan.features):
            policy = self.column_plan(name).missing
            if policy not in {"refuse", "drop"}:
                continue
            rows = frame.index[frame[name].isna()]
            if len(rows):
                problems.append(
                    f"column {name!r}: expected a value in each row (missing: {policy}). "
                    f"Received: none in {row_list(rows)}."
                )
        if problems:
            raise DataError(problems)
