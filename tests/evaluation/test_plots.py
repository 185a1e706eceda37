import io

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from nnrecipes.evaluation.plots.confusion import plot_confusion
from nnrecipes.evaluation.plots.history import plot_history
from nnrecipes.evaluation.plots.regions import plot_regions
from nnrecipes.evaluation.plots.regression import plot_regression


def rendered(figure: Figure) -> Figure:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return figure


def words(figure):
    texts = figure.findobj(matplotlib.text.Text)
    return [text.get_text() for text in texts if text.get_text()]


def panels(figure):
    return [axes.get_title(loc="left") for axes in figure.axes if axes.axison]


def curves(axes):
    return [line for line in axes.lines if len(line.get_xdata()) != 2 or line.get_linestyle() != ":"]


LONG = {
    "loss": list(np.exp(-np.arange(200) / 20) + 0.001),
    "val_loss": list(np.exp(-np.arange(200) / 20) + 0.001 + 0.00002 * np.arange(200)),
    "out_accuracy": list(np.linspace(0.5, 1, 200)),
    "val_out_accuracy": list(np.linspace(0.4, 0.9, 200)),
    "learning_rate": [0.1] * 100 + [0.01] * 100,
}


def test_each_metric_has_a_panel_with_training_and_validation():
    figure = rendered(plot_history(LONG))
    assert panels(figure) == ["loss", "out accuracy", "learning rate"]
    training, validation = curves(figure.axes[0])
    np.testing.assert_array_equal(training.get_ydata(), LONG["loss"])
    np.testing.assert_array_equal(validation.get_ydata(), LONG["val_loss"])
    np.testing.assert_array_equal(training.get_xdata(), np.arange(1, 201))


def test_the_best_epoch_is_the_one_of_the_least_validation_loss():
    best = int(np.argmin(LONG["val_loss"])) + 1
    assert any(word.startswith(f"best epoch: {best} (val_loss ") for word in words(plot_history(LONG)))


def test_a_given_best_epoch_is_marked():
    assert "best epoch: 3 (val_out_accuracy 0.405)" in words(
        plot_history(LONG, best_epoch=3, monitor="val_out_accuracy")
    )


def test_a_loss_that_falls_far_is_on_a_log_axis():
    assert [axes.get_yscale() for axes in plot_history(LONG).axes[:2]] == ["log", "linear"]


def test_one_epoch_is_drawn_as_points_and_a_constant_rate_is_not():
    figure = rendered(plot_history({"loss": [0.5], "val_loss": [0.6], "learning_rate": [0.1]}))
    assert panels(figure) == ["loss"]
    assert curves(figure.axes[0])[0].get_marker() == "o"


def test_validation_every_second_epoch_is_drawn_at_its_epochs():
    figure = rendered(plot_history({"loss": [4, 3, 2, 1], "val_loss": [3, 2]}))
    assert curves(figure.axes[0])[1].get_xdata().tolist() == [2, 4]


@pytest.mark.parametrize("loss", [[0.5, np.nan, np.inf], [np.nan], [np.inf, np.inf]])
def test_losses_that_are_not_finite_are_left_out(loss):
    rendered(plot_history({"loss": loss}))


def test_an_empty_history_is_a_sentence():
    assert "The history is empty: no epoch was trained." in words(rendered(plot_history({"loss": []})))


def test_many_metrics_are_all_drawn():
    assert len(panels(rendered(plot_history({f"metric_{k}": [1, 2, 3] for k in range(13)})))) == 13


@pytest.mark.parametrize("classes", [2, 8, 20, 21, 100])
def test_a_confusion_matrix_shows_counts_up_to_twenty_classes(classes):
    counts = np.full((classes, classes), 777)
    figure = rendered(plot_confusion(counts, [f"class {k}" for k in range(classes)]))
    assert sum(word.startswith("777") for word in words(figure)) == (classes**2 if classes <= 20 else 0)


def test_the_colour_of_a_cell_is_the_share_of_its_true_class():
    figure = plot_confusion([[3, 1], [0, 0]], ["a", "b"])
    shares = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(shares[0], [0.75, 0.25])
    assert np.isnan(shares.filled(np.nan)[1]).all()
    assert "75.0% of 4 rows are right" in words(figure)


def test_confusion_of_no_rows_is_drawn():
    rendered(plot_confusion(np.zeros((3, 3)), ["a", "b", "c"]))


@pytest.mark.parametrize("rows", [1, 2, 40, 4000])
def test_predicted_is_drawn_against_true_for_few_and_many_rows(rows):
    truth = np.random.default_rng(0).normal(200_000, 50_000, rows)
    figure = rendered(plot_regression(truth, truth + 5000, target="price", unit="$"))
    assert f"price: root mean squared error 5,000 $ on {rows:,} row{'s' * (rows > 1)}" in words(figure)
    assert "true price [$]" in words(figure)


def test_rows_that_are_not_finite_are_left_out_and_counted():
    figure = rendered(plot_regression(np.array([1.0, 2.0]), np.array([1.0, np.nan]), target="y"))
    assert "y: root mean squared error 0 on 1 row, 1 not finite left out" in words(figure)
    rendered(plot_regression(np.array([1.0]), np.array([np.nan]), target="y"))


@pytest.mark.parametrize("classes", [2, 3, 9, 60])
def test_regions_show_the_most_probable_class(classes):
    def predict(points):
        chosen = (points[:, 0] > 0).astype(int)
        return np.eye(classes)[chosen]

    x = np.array([[-1.0, 0.0], [1.0, 2.0]])
    figure = rendered(
        plot_regions(predict, x, np.array([0, 1]), features=("a [cm]", "b"), classes=list(map(str, range(classes))))
    )
    cells = figure.axes[0].collections[0].get_array()
    assert cells[:, 0].max() == 0
    assert cells[:, -1].min() == 1
    assert figure.axes[0].get_xlabel() == "a [cm]"


def test_a_regression_is_a_surface():
    x = np.random.default_rng(0).normal(size=(30, 2))
    figure = rendered(plot_regions(lambda points: points[:, 0], x, x[:, 0], features=("a", "b"), target="y"))
    assert "y (area: predicted, points: true)" in words(figure)


@pytest.mark.parametrize("x", [np.zeros((0, 2)), np.zeros((3, 2)), np.full((2, 2), np.nan)])
def test_regions_without_extent_are_drawn(x):
    rendered(plot_regions(lambda points: np.tile([0.4, 0.6], (len(points), 1)), x, np.zeros(len(x), int), features=("a", "b"),
                          classes=("p", "q")))  # fmt: skip


def test_dollar_signs_in_names_are_not_formulas():
    rendered(plot_confusion(np.eye(2), ["$x", "a$b^"]))
    rendered(plot_regression(np.arange(3.0), np.arange(3.0), target="in $_", unit="$"))


def test_no_figure_is_left_with_pyplot():
    import matplotlib.pyplot as plt

    plot_history(LONG)
    assert plt.get_fignums() == []
