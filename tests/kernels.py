"""What the tests of notebooks share: their sources, and a run in a fresh kernel."""

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

SOURCES = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.py"))
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
