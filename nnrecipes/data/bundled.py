"""What the tables bundled with scikit-learn hold, known without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnrecipes.config.targets import Task

MEASURES = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points",
            "symmetry", "fractal_dimension")  # fmt: skip


@dataclass(frozen=True)
class Bundled:
    """One bundled table.

    Args:
        columns: The features, in order; the target column comes last in the table.
        target: The target column.
        task: Of the target.
        rows: Count of rows.
        classes: Class names in the order of scikit-learn's codes; empty for regression.
    """

    columns: tuple[str, ...]
    target: str
    task: Task
    rows: int
    classes: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Features, then the target."""
        return (*self.columns, self.target)


def bundled_tasks(name: str) -> dict[str, Task]:
    """Target -> task of one bundled table.

    Example:
        >>> bundled_tasks("iris")
        {'species': 'multiclass'}
    """
    return {BUNDLED[name].target: BUNDLED[name].task}


BUNDLED = {
    "iris": Bundled(
        ("sepal_length", "sepal_width", "petal_length", "petal_width"),
        "species", "multiclass", 150, ("setosa", "versicolor", "virginica"),
    ),
    "wine": Bundled(
        ("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
         "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280_od315_of_diluted_wines",
         "proline"),
        "cultivar", "multiclass", 178, ("class_0", "class_1", "class_2"),
    ),
    "breast_cancer": Bundled(
        (*(f"mean_{name}" for name in MEASURES), *(f"{name}_error" for name in MEASURES),
         *(f"worst_{name}" for name in MEASURES)),
        "diagnosis", "binary", 569, ("malignant", "benign"),
    ),
    "diabetes": Bundled(
        ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"), "progression", "regression", 442,
    ),
    "digits": Bundled(
        tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        "digit", "multiclass", 1797, tuple("0123456789"),
    ),
    "digits_images": Bundled(("image",), "digit", "multiclass", 1797, tuple("0123456789")),
}  # fmt: skip
