"""Figures of a run's answers, against the run's own predictions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.errors import DataError

DAY = "2023-05-04"


def mesh(figure):
    """The x, the y and the colour values of the coloured plane."""
    drawn = figure.axes[0].collections[0]
    across, up = drawn.get_coordinates()[..., 0], drawn.get_coordinates()[..., 1]
    return (across[0, :-1] + across[0, 1:]) / 2, (up[:-1, 0] + up[1:, 0]) / 2, np.asarray(drawn.get_array())


def typical(table: pd.DataFrame, across: np.ndarray, up: np.ndarray) -> pd.DataFrame:
    """A raw row for each point of the plane: medians and most frequent values, as pandas counts them."""
    x, y = (axis.reshape(-1) for axis in np.meshgrid(across, up))
    return pd.DataFrame({"harbour": table["harbour"].mode()[0], "departure": DAY, "hours": x, "wind_ms": y,
                         "water_c": table["water_c"].median()})  # fmt: skip


def test_regions_are_the_predictions_for_typical_rows(run: nn.Run, trips: Path) -> None:
    table = pd.read_csv(trips)
    table["departure"] = DAY
    across, up, chosen = mesh(run.plot_regions("hours", "wind_ms", table, target="gear", resolution=6))
    answers = run.predict(typical(table, across, up))
    classes = list(run.spec.targets[1].classes)
    np.testing.assert_array_equal(chosen.reshape(-1), [classes.index(name) for name in answers["gear"]])


def test_the_surface_of_a_regression_is_in_its_own_unit(run: nn.Run, trips: Path) -> None:
    table = pd.read_csv(trips)
    table["departure"] = DAY
    across, up, surface = mesh(run.plot_regions("hours", "wind_ms", table, resolution=5))
    answers = run.predict(typical(table, across, up))
    np.testing.assert_allclose(surface.reshape(-1), answers["catch_kg"], rtol=1e-5)


@pytest.mark.parametrize(
    ("pair", "target", "words"),
    [
        (("hours", "harbour"), None, "expected a numeric feature of the run.*Received: 'harbour'"),
        (("hours", "wind"), None, "Did you mean wind_ms"),
        (("hours", "hours"), None, "expected two features"),
        (("hours", "wind_ms"), "gaer", "Did you mean gear"),
    ],
)
def test_what_spans_no_plane_is_refused(run: nn.Run, trips: Path, pair, target, words) -> None:
    with pytest.raises(DataError, match=words):
        run.plot_regions(*pair, trips, target=target)


def test_other_figures_of_a_run_come_from_its_folder(run: nn.Run, tmp_path: Path) -> None:
    again = nn.load_run(run.path)
    counts = np.array(run.metrics["gear"]["confusion"])
    shares = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(again.plot_confusion().axes[0].images[0].get_array(), shares)
    points = again.plot_predicted().axes[0].collections[0].get_offsets()
    assert len(points) == run.metrics["catch_kg"]["rows"]
    assert again.plot_weights().axes
    with pytest.raises(DataError, match="expected a regression target of the run: catch_kg"):
        again.plot_predicted("gear")
