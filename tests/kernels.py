"""What the tests of notebooks share: their sources, and a run in a fresh kernel."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

SOURCES = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.py"))
LONG = ("04", "05", "06", "07", "08", "09", "11", "12", "13", "16")
"""Notebooks of half a minute or more on two cores: they run in the slow tier."""
NOISE = ("warning", "traceback", "cuda", "tensorrt", "onednn")


def stored(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def noise(notebook):
    printed = [output.text for output in outputs(notebook) if output.output_type == "stream"]
    return [text for text in printed if any(word in text.lower() for word in NOISE)]


def is_executed(notebook):
    return all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


def check_run(source, folder):
    """Run a notebook in a folder; it raises when a cell does."""
    notebook = jupytext.read(source)
    client = NotebookClient(notebook, kernel_name="python3", timeout=400, resources={"metadata": {"path": str(folder)}})
    client.execute()
    assert is_executed(notebook)
    assert noise(notebook) == []
    assert list(folder.iterdir()) == []


def sources(first, last):
    """The notebooks of these numbers as parameters of a test; the long ones are marked."""
    chosen = [path for path in SOURCES if first <= path.stem[:2] <= last]
    marks = {path: [pytest.mark.slow] if path.stem[:2] in LONG else [] for path in chosen}
    return [pytest.param(path, id=path.stem, marks=marks[path]) for path in chosen]
