"""Every notebook's ``.ipynb`` is its source, executed; those of the first half run here, from their source."""

import sys
from pathlib import Path

import jupytext
import pytest
from kernels import SOURCES, check_run, is_executed, noise, outputs, sources, stored


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def source(request):
    return request.param


def test_a_notebook_of_each_subject_is_there():
    assert [path.stem for path in SOURCES] == [
        "00_by_hand",
        "01_first_recipe",
        "02_split_scale_encode",
        "03_callbacks",
        "04_regularisation",
        "05_optimizers",
        "06_multimodal",
        "07_multi_output",
        "08_siamese",
        "09_tabular",
        "10_nonlinearity",
        "11_autoencoder",
        "12_denoising",
        "13_search_cluster_anomaly",
        "14_recommender",
        "15_serving",
        "16_tuning",
    ]


@pytest.mark.parametrize("early", sources("00", "06"))
def test_notebook_runs_in_a_fresh_kernel_without_error_or_warning_and_leaves_no_file(early, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    check_run(early, tmp_path)


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
