"""Files that are whole or absent, and how a run is found by what a user calls it."""

import json
import os
from pathlib import Path

import pytest

from nnrecipes.errors import RunError
from nnrecipes.runs.files import read_json, replacing, write_json, write_text
from nnrecipes.runs.find import find_run, list_folders
from nnrecipes.runs.layout import RunFolder, runs_root
from nnrecipes.runs.unfinished import new_run


def finished(recipe: str, root: Path) -> RunFolder:
    with new_run(recipe, "name: x\n", root=root) as folder:
        write_json(folder.provenance, {})
    return folder


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": float("nan")})
    with pytest.raises(UnicodeEncodeError), replacing(path) as aside:
        aside.write_text("half \ud800", "utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]
    assert json.loads(path.read_text()) == {"a": 1}


def test_written_files_have_the_permissions_of_the_user(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_a_place_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="expected a place that can be written. Received:"):
        write_text(tmp_path / "file" / "a.txt", "x")
    with (
        pytest.raises(RunError, match="expected a place that can be written. Received:"),
        new_run("x", "", root=tmp_path / "file"),
    ):
        pass


def test_a_damaged_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(RunError, match=r"a\.json: expected JSON"):
        read_json(tmp_path / "a.json")
    with pytest.raises(RunError, match=r"b\.json: expected this file of a run"):
        read_json(tmp_path / "b.json")


def test_runs_are_found_by_path_id_prefix_and_latest(tmp_path: Path) -> None:
    first, second = finished("iris", tmp_path), finished("wine", tmp_path)
    assert find_run(first.path).id == first.id
    assert find_run(first.id, tmp_path).path.samefile(first.path)
    assert find_run(second.id.rpartition("-")[2], tmp_path).id == second.id
    assert find_run("latest", tmp_path).id == second.id
    assert [folder.id for folder in list_folders(tmp_path)] == [first.id, second.id]


def test_an_ambiguous_prefix_and_an_unknown_run_are_refused(tmp_path: Path) -> None:
    first = finished("iris", tmp_path)
    finished("iris", tmp_path)
    with pytest.raises(RunError, match="one that fits 2"):
        find_run(first.id[:8], tmp_path)
    with pytest.raises(RunError, match="fits none of the 2 runs"):
        find_run("zzz", tmp_path)
    with pytest.raises(RunError, match="expected at least one finished run"):
        find_run("latest", tmp_path / "none")


def test_the_folder_of_runs_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNRECIPES_RUNS", str(tmp_path))
    assert runs_root() == tmp_path
    assert runs_root("other") == Path("other")
