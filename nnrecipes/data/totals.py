"""Blocks of a column -> what is known of the whole column, in a few numbers: nothing grows with the rows.

Means and sums of squares are put together as by Chan, Golub and LeVeque, so that they are as exact as those of a
column in memory; categories are counted.

References:
    Chan, Golub and LeVeque (1983), Algorithms for Computing the Sample Variance. doi:10.1080/00031305.1983.10483115
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.errors import DataError

MOST_LEVELS = 1_000_000


@dataclass
class Numbers:
    """A column of numbers so far.

    Args:
        count: Rows with a number.
        gaps: Rows without.
        mean: Of the numbers.
        squares: The sum of their squared distances from the mean.
        least: The smallest one.
        greatest: The greatest one.

    Example:
        >>> total = Numbers()
        >>> for block in ([1.0, np.nan], [3.0, 5.0]):
        ...     total.add(np.array(block))
        >>> total.count, total.gaps, total.mean, total.squares, total.least, total.greatest
        (3, 1, 3.0, 8.0, 1.0, 5.0)
    """

    count: int = 0
    gaps: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = math.inf
    greatest: float = -math.inf

    @classmethod
    def of(cls, values: npt.NDArray[Any], counts: npt.NDArray[Any]) -> "Numbers":
        """A column in which each value comes so often.

        Example:
            >>> Numbers.of(np.array([1.0, 7.0, 4.0]), np.array([3, 0, 1])).mean
            1.75
        """
        known, times = values[counts > 0], counts[counts > 0]
        count = int(times.sum())
        mean = float((known * times).sum()) / count
        squares = float((np.square(known - mean) * times).sum())
        return cls(count, 0, mean, squares, float(known.min()), float(known.max()))

    def add(self, values: npt.NDArray[Any]) -> None:
        """Take in a block, float64, NaN where missing."""
        known = values[~np.isnan(values)]
        self.gaps += len(values) - len(known)
        if len(known):
            mean = float(known.mean())
            centred = known - mean
            self.merge(
                Numbers(len(known), 0, mean, float(np.square(centred).sum()), float(known.min()), float(known.max()))
            )

    def merge(self, other: "Numbers") -> None:
        """Take in another part of the column."""
        count = self.count + other.count
        if other.count:
            apart = other.mean - self.mean
            self.mean += apart * other.count / count
            self.squares += other.squares + apart * apart * self.count * other.count / count
        self.count, self.gaps = count, self.gaps + other.gaps
        self.least, self.greatest = min(self.least, other.least), max(self.greatest, other.greatest)

    def filled(self, value: float | None) -> "Numbers":
        """The column with ``value`` in its gaps."""
        total = Numbers()
        total.merge(self)
        total.gaps = 0
        if value is not None and self.gaps:
            total.merge(Numbers(self.gaps, 0, value, 0.0, value, value))
        return total

    def known(self) -> dict[str, Any]:
        """Count, mean, variance, least and greatest, by these names."""
        return {"count": self.count, "mean": self.mean, "variance": self.squares / max(self.count, 1),
                "least": self.least, "greatest": self.greatest}  # fmt: skip

    @property
    def distinct(self) -> int:
        """0, 1, or 2 where there are more."""
        return 0 if not self.count else 1 if self.least == self.greatest else 2


@dataclass
class Categories:
    """A column of categories so far: how often each comes, and how often there is none."""

    name: str = "column"
    counts: Counter[str] = field(default_factory=Counter)
    gaps: int = 0

    def add(self, values: npt.NDArray[Any]) -> None:
        """Take in a block of ``str`` and ``None``.

        Raises:
            DataError: There are more categories than can be counted.
        """
        codes, levels = pd.factorize(values)
        found = np.bincount(codes[codes >= 0], minlength=len(levels))
        counts = Counter(dict(zip(levels.tolist(), found.tolist(), strict=True)))
        self.merge(Categories(self.name, counts, int((codes < 0).sum())))

    def merge(self, other: "Categories") -> None:
        """Take in another part of the column.

        Raises:
            DataError: There are more categories than can be counted.
        """
        self.gaps += other.gaps
        for level, count in other.counts.items():
            self.counts[level] += count
        if len(self.counts) > MOST_LEVELS:
            raise DataError(f"column {self.name!r}: expected at most {MOST_LEVELS:,} categories where rows are "
                            f"streamed. Received: more. List it under data.ignore, or declare it numeric.")  # fmt: skip

    @property
    def count(self) -> int:
        """Rows with a category."""
        return sum(self.counts.values())

    @property
    def distinct(self) -> int:
        """How many categories there are."""
        return len(self.counts)


Total = Numbers | Categories
