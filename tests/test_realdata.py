"""Two public tables on their fixed splits, through the public entrance; the bounds are those of an ordinary good MLP."""

import os
import sys
from pathlib import Path

import pytest

import nnrecipes as nn

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
FOLDER = os.environ.get("NNRECIPES_BENCH_DATA")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER, reason="NNRECIPES_BENCH_DATA does not name the folder of the public data sets"),
]


@pytest.mark.parametrize(
    ("work", "bounds"),
    [("shipping", {"log_loss": (0, 0.511), "roc_auc": (0.75, 1)}), ("california", {"rmse": (0, 53_600)})],
)
def test_the_network_reaches_what_its_benchmark_says(
    work: str, bounds: dict[str, tuple[float, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "tabular", raising=False)
    from tabular import QUIET, WORKS

    recipe, overrides, target = WORKS[work][0](Path(FOLDER or ""))
    run = nn.train(recipe, {**QUIET, **overrides}, runs_dir=tmp_path)
    scored = run.metrics[target]
    for metric, (low, high) in bounds.items():
        assert low <= scored["metrics"][metric]["value"] <= high
    assert scored["verdict"].startswith(f"{target}: The network beats the linear model")
