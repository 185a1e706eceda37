import uuid

import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.infer import infer_type, infer_types

RNG = np.random.default_rng(0)


def text(values):
    return pd.Series([None if value is None else str(value) for value in values], dtype=object)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (text([1.5, 2, None, -3]), "numeric"),
        (text(RNG.permutation(50)), "identifier"),
        (text(range(1000, 1030)), "identifier"),
        (text([3 * i // 2 for i in range(40)]), "identifier"),
        (text([i * 10 for i in range(40)]), "numeric"),
        (text(range(10)), "numeric"),
        (text([*range(30), 5]), "numeric"),
        (text([*range(30), None]), "numeric"),
        (text(i + 0.5 for i in range(30)), "numeric"),
        (text([uuid.UUID(int=i) for i in (7, 8, 7)]), "identifier"),
        (text(f"AX-{i:05d}" for i in range(25)), "identifier"),
        (text(f"AX-{i:05d}" for i in range(15)), "categorical"),
        (text([*(f"AX-{i}" for i in range(25)), "AX-3"]), "categorical"),
        (text(f"a review of coffee number {i}" for i in range(25)), "text"),
        (text(["a long text about the taste of coffee in the morning"] * 3), "text"),
        (text(["New York", "New York", "San Francisco"] * 10), "categorical"),
        (text(["a", "b", None]), "categorical"),
        (text(["true", "False", None]), "categorical"),
        (text(["2024-01-31", None, "2023-12-01 10:00"]), "date"),
        (text(["31.01.2024", "01.02.2024"]), "categorical"),
        (text([None, None]), "categorical"),
        (text([*range(30), "x", 7, 8]), "numeric"),
        (text([1, 2, "x", "y"]), "categorical"),
        (text([1, "inf"]), "numeric"),
        (pd.Series([True, False]), "categorical"),
        (pd.Series(pd.to_datetime(["2024-01-01", None])), "date"),
        (pd.Series(range(50)), "identifier"),
        (pd.Series([1.0, None]), "numeric"),
        (pd.Series(["a", "b"], dtype="category"), "categorical"),
    ],
)
def test_the_rule(values, kind):
    assert infer_type(values).type == kind


def test_a_declared_type_wins():
    guesses = infer_types(pd.DataFrame({"ID": range(30), "y": [0, 1] * 15}), {"ID": "numeric"}, skip=["y"])
    assert {name: (guess.type, guess.declared) for name, guess in guesses.items()} == {"ID": ("numeric", True)}


def test_a_mixed_column_says_how_many_are_numbers():
    assert "50% of the values are numbers" in infer_type(text([1, 2, "x", "y"])).reason


def test_decimal_commas_are_numbers():
    assert infer_type(text(["1,5", "2,5"]), decimal=",").type == "numeric"
