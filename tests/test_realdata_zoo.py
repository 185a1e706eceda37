"""Faces and temperatures on their fixed splits, one seed, by the functions of the benchmark."""

import os
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
FOLDER = os.environ.get("NNRECIPES_BENCH_DATA")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER, reason="NNRECIPES_BENCH_DATA does not name the folder of the public data sets"),
]


def measured(work: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from zoo import WORKS

    return {row.metric: row.value for row in WORKS[work](Path(FOLDER or ""), 1)}


def test_faces_of_people_never_seen_are_told_apart_better_than_by_their_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured("orl", monkeypatch)
    assert found["auc"] > found["auc_of_raw_cosine"]
    assert found["auc"] > 0.93
    assert found["eer"] < 0.13


def test_two_heads_correct_the_forecast_of_both_temperatures(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured("temperature", monkeypatch)
    assert found["rmse_tmax_of_forecast"] == pytest.approx(1.867, abs=0.001)  # as the split's own peers say
    assert found["rmse_tmin_of_forecast"] == pytest.approx(1.225, abs=0.001)
    assert found["rmse_tmax"] < 1.7
    assert found["rmse_tmin"] < 0.93
