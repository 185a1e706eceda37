"""Output heads -> every name that a training history will have, and whether a monitored name should fall or rise."""

import re
from collections.abc import Mapping
from typing import Literal

from nnrecipes.config.names import ALIASES, table
from nnrecipes.config.outputs import Output, metric_names

RISING = {"acc", "accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
          "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "auc", "precision", "recall", "f1",
          "f1_score", "fbeta_score", "r2", "r2_score", "pearson_correlation", "cosine_similarity", "true_positives",
          "true_negatives", "precision_at_recall", "recall_at_precision", "sensitivity_at_specificity",
          "specificity_at_sensitivity"}  # fmt: skip


def resolve_mode(monitor: str) -> Literal["min", "max"] | None:
    """Return whether the best value of a logged name is its lowest or its highest; None where the name does not tell.

    Example:
        >>> resolve_mode("val_loss"), resolve_mode("cat_out_accuracy"), resolve_mode("val_precision_2")
        ('min', 'max', 'max')
        >>> resolve_mode("learning_rate") is None
        True
    """
    name = re.sub(r"_\d+$", "", monitor.removeprefix("val_"))
    falling = {"loss", *table()["metrics"], *ALIASES["metrics"]} - RISING
    known = [word for word in RISING | falling if name == word or name.endswith(f"_{word}")]
    if not known:
        return None
    return "max" if max(known, key=len) in RISING else "min"


def log_names(outputs: Mapping[str, Output], *, validation: bool = True, learning_rate: bool = False) -> list[str]:
    """Return every name that the history of a training will have.

    Args:
        outputs: Output name -> its head.
        validation: Whether there are validation rows, which double the names as ``val_*``.
        learning_rate: Whether a schedule is set, which logs its rate.

    Example:
        >>> from nnrecipes.config.names import complete
        >>> head = Output("softmax", complete("losses", "mse"), "one_hot", (complete("metrics", "acc"),))
        >>> log_names({"y": head})
        ['loss', 'accuracy', 'val_loss', 'val_accuracy']
        >>> log_names({"a": head, "b": head}, validation=False)
        ['loss', 'a_loss', 'b_loss', 'a_accuracy', 'b_accuracy']
    """
    several = len(outputs) > 1
    names = ["loss", *(f"{output}_loss" for output in outputs if several)]
    for output, head in outputs.items():
        names += [f"{output}_{metric}" if several else metric for metric in metric_names(head)]
    if validation:
        names += [f"val_{name}" for name in names]
    return [*names, "learning_rate"] if learning_rate else names
