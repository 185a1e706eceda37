from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnrecipes.data.synthetic import harbour_trips


@pytest.fixture(scope="session")
def trips() -> pd.DataFrame:
    """Trips with missing water temperatures, categories in two columns, a date, and a label of two classes."""
    rows = harbour_trips(360, seed=3)
    rows["good"] = np.where(rows["catch_kg"] > rows["catch_kg"].median(), "yes", "no")
    rows["crew"] = [f"crew {i}" for i in np.random.default_rng(0).integers(0, 60, len(rows))]
    return rows


@pytest.fixture
def recipe() -> Any:
    """Build a recipe over rows from Python."""

    def build(target: str = "catch_kg", *, split: Any = None, use: Any = (), **sections: Any) -> dict[str, Any]:
        ignored = sorted({"catch_kg", "good", "harbour", "crew", "departure"} - {target, *use})
        preprocessing = {"numeric": {"missing": "median"}, "categorical": {"missing": "indicator", "encode": "ordinal"}}
        return {
            "name": "trips",
            "data": {"ignore": ignored, "split": split or {"kind": "random", "test": 0.2, "validation": 0.2}},
            "targets": {target: {}},
            "preprocessing": preprocessing,
            **sections,
        }

    return build
