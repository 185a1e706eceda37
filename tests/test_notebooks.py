"""Every notebook runs from its source without an error, a warning or a file left behind; its ``.ipynb`` is that source."""

import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9]*.py"))
NOISE = ("warning", "traceback", "cuda", "tensorrt", "onednn")


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def source(request):
    return request.param


def stored(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def printed(notebook):
    return [output.text for output in outputs(notebook) if output.output_type == "stream"]


def noise(notebook):
    return [text for text in printed(notebook) if any(word in text.lower() for word in NOISE)]


def is_executed(notebook):
    return all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


def test_six_notebooks_are_there():
    assert [path.stem for path in SOURCES][:6] == [
        "00_by_hand",
        "01_first_recipe",
        "02_split_scale_encode",
        "03_callbacks",
        "04_regularisation",
        "05_optimizers",
    ]


def test_notebook_runs_in_a_fresh_kernel_without_error_or_warning_and_leaves_no_file(source, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = jupytext.read(source)
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()  # raises when a cell does
    assert is_executed(notebook)
    assert noise(notebook) == []
    assert list(tmp_path.iterdir()) == []


def test_stored_notebook_has_the_text_and_code_of_its_source(source):
    theirs, ours = ([(cell.cell_type, cell.source) for cell in jupytext.read(path).cells]
                    for path in (source.with_suffix(".ipynb"), source))  # fmt: skip
    assert theirs == ours


def test_stored_notebook_is_executed_with_pictures_and_small(source):
    notebook = stored(source)
    assert is_executed(notebook)
    assert {output.output_type for output in outputs(notebook)} <= {"stream", "display_data", "execute_result"}
    assert noise(notebook) == []
    assert any("image/png" in output.get("data", {}) for output in outputs(notebook))
    assert source.with_suffix(".ipynb").stat().st_size < 400_000


def test_stored_notebook_names_no_folder_of_the_machine_that_ran_it(source):
    text = source.with_suffix(".ipynb").read_text("utf-8")
    assert not any(place in text for place in ("/tmp", "/home/", "/root", "/Users/", str(Path(sys.prefix))))
