"""Plots as PNG, SVG or both."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from nnrecipes.cli.main import main
from nnrecipes.evaluation.plots.confusion import plot_confusion
from nnrecipes.evaluation.report import write_figures


def kinds(folder: Path) -> dict[str, str]:
    """File name -> what its content is."""
    found = {}
    for path in folder.iterdir():
        content = path.read_bytes()
        svg = (
            not content.startswith(b"\x89PNG")
            and ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
        )
        found[path.name] = "svg" if svg else "png"
    return found


@pytest.mark.parametrize(
    ("plot_format", "expected"),
    [
        ("png", {"a_b.1.png": "png"}),
        ("svg", {"a_b.1.svg": "svg"}),
        ("both", {"a_b.1.png": "png", "a_b.1.svg": "svg"}),
    ],
)
def test_figures_are_written_in_the_format_asked_for(plot_format, expected, tmp_path: Path) -> None:
    write_figures({"a_b.1.png": plot_confusion([[3, 1], [0, 2]], ("a", "b"))}, tmp_path / "plots", plot_format)
    assert kinds(tmp_path / "plots") == expected


def test_the_same_figure_is_the_same_svg(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_figures({"c.png": plot_confusion([[3, 1], [0, 2]], ("a", "b"))}, tmp_path / name, "svg")
    assert (tmp_path / "one" / "c.svg").read_bytes() == (tmp_path / "two" / "c.svg").read_bytes()


def test_a_recipe_chooses_the_format(tmp_path: Path, capsys) -> None:
    words = ["training.epochs=1", "evaluation.plot_format=svg", "evaluation.bootstrap=100", "--quiet"]
    assert main(["train", "sequential_wine", *words, "--runs", str(tmp_path)]) == 0
    plots = Path(capsys.readouterr().out.splitlines()[-1]) / "plots"
    assert {"history.svg", "model.svg", "weights.svg", "confusion_cultivar.svg"} <= set(kinds(plots))
    assert set(kinds(plots).values()) == {"svg"}
    assert main(["check", "sequential_wine", "evaluation.plot_format=gif"]) == 2
    assert "expected one of png, svg, both" in capsys.readouterr().err
