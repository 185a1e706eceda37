"""The scores of a recommender -> a bar a rival for its main figures, the model's with its interval."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnrecipes.evaluation.plots.style import BLUE, GREY, INK, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 3  # metrics


def plot_ranking(scored: Mapping[str, Any]) -> "Figure":
    """Draw the model beside popularity, item-kNN and EASE.

    Args:
        scored: ``metrics["ranking"]`` of a run.
    """
    names = [name for name in scored["metrics"] if name.startswith(("ndcg", "recall"))]
    first = [names[0], *[name for name in names if name.startswith("recall")][1:SHOWN]]
    rows = {**scored.get("baselines", {}), "model": {n: scored["metrics"][n]["value"] for n in first}}
    figure = new_figure(2.6 * len(first), 1.1 + 0.4 * len(rows), "Test users: the model and its rivals")
    for axes, name in zip(figure.subplots(1, len(first), squeeze=False)[0], first, strict=True):
        values = [row[name] for row in rows.values()]
        colours = [BLUE if label == "model" else GREY for label in rows]
        axes.barh(range(len(rows)), values, color=colours, alpha=0.6, height=0.7)
        own = scored["metrics"][name]
        if own["low"] is not None:
            axes.plot([own["low"], own["high"]], [len(rows) - 1] * 2, color=INK, linewidth=1.4)
        axes.set_yticks(range(len(rows)), list(rows) if name == first[0] else [""] * len(rows))
        axes.set_title(name, fontsize=9)
        tidy(axes)
    return figure
