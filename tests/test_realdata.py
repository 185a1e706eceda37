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


@pytest.mark.parametrize(
    ("work", "bounds"),
    [
        ("california_good", {"rmse": (0, 48_500)}),
        ("shipping_good", {"log_loss": (0, 0.502)}),
        ("coffee", {"r2": (0.69, 1), "r2_minus_best_single": (0, 1)}),
        ("rt_polarity", {"accuracy": (0.76, 1)}),
        ("ecg5000", {"macro_f1": (0.5, 1)}),
        ("orl", {"auc": (0.91, 1), "eer": (0, 0.13)}),
        ("temperature", {"rmse_tmax": (0, 1.75), "rmse_tmin": (0, 0.95)}),
        pytest.param("mnist_conv", {"error": (0, 0.012)}, marks=pytest.mark.slow),
    ],
)
def test_a_recipe_of_the_zoo_reaches_with_one_seed_what_is_near_its_mean(
    work: str, bounds: dict[str, tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from zoo import WORKS

    found = {row.metric: row.value for row in WORKS[work](Path(FOLDER or "").resolve(), 1)}
    for metric, (low, high) in bounds.items():
        assert low <= found[metric] <= high
