"""What every figure shares: colours that colour-blind readers tell apart, sizes and an empty figure.

No figure belongs to pyplot: it needs no display, is freed with its last reference, and two threads may draw at once.

References:
    Okabe and Ito (2008), Color Universal Design. https://jfly.uni-koeln.de/color/
"""

import io
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK, GOLD, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
INK, GREY, LIGHT = "#222222", "#767676", "#DDDDDD"
PALETTE = (BLUE, GOLD, GREEN, PINK, SKY, ORANGE, "#7A5C00", GREY)


def new_figure(width: float, height: float, title: str = "") -> "Figure":
    """Return an empty figure of ``width`` by ``height`` inches."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(width, height), dpi=120, layout=ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08))
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold", color=INK)
    setattr(figure, "_repr_png_", partial(_png, figure))  # noqa: B010  (notebooks show it without pyplot)
    return figure


def _png(figure: "Figure") -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def tidy(axes: "Axes", *, grid: bool = True) -> None:
    """Take away the frame's upper and right lines and put a faint grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
    if grid:
        axes.grid(True, color=LIGHT, linewidth=0.6)


def class_colours(classes: int) -> list[str]:
    """One colour a class: the palette, for more than eight classes Tableau's 10 or 20, then steps of an even scale.

    Example:
        >>> class_colours(2)
        ['#0072B2', '#E69F00']
    """
    if classes <= len(PALETTE):
        return list(PALETTE[:classes])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if classes <= 20:
        return [to_hex(colormaps["tab10" if classes <= 10 else "tab20"](k)) for k in range(classes)]
    return [to_hex(colormaps["viridis"](k / (classes - 1))) for k in range(classes)]


def shorten(text: object, limit: int = 24) -> str:
    """Cut a long name in its middle.

    Example:
        >>> shorten("a_very_long_name_of_a_column", 12)
        'a_very…olumn'
    """
    words = str(text).replace("$", r"\$")
    return words if len(words) <= limit else f"{words[: limit // 2]}…{words[-(limit - limit // 2 - 1) :]}"


def number(value: float) -> str:
    """Write a number with four digits, without an exponent where it is readable.

    Example:
        >>> number(26341.7), number(0.01234567)
        ('26,342', '0.01235')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def sentence(text: str, *, title: str = "", size: Sequence[float] = (7, 2)) -> "Figure":
    """Return a figure that holds one sentence, where there is nothing to draw."""
    figure = new_figure(size[0], size[1], title)
    figure.text(0.5, 0.45, text, ha="center", va="center", color=GREY, fontsize=10, wrap=True)
    return figure
