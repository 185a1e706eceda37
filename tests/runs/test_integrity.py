"""Check sums of a run's files and versions of its format; the table in docs/integrity.md is what really happens."""

import hashlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from nnrecipes.errors import RunError
from nnrecipes.runs import integrity
from nnrecipes.runs.files import write_json, write_text
from nnrecipes.runs.integrity import check_file, damage, read_provenance, seal
from nnrecipes.runs.layout import FORMAT, RunFolder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path)
    write_text(folder.metrics, "{}\n")
    write_text(folder.preprocessor / "state.json", "[1]\n")
    write_text(folder.preprocessor / "tables.npz", "é\n")
    (folder.path / "checkpoints").mkdir()
    (folder.path / "checkpoints" / "resume-000003.npz").touch()
    folder.mark.touch()
    seal(folder, {"recipe": "x", "rows": {"test": [1, 2]}, "note": 'ü, "sha256": "\' \n'})
    return folder


def test_the_sums_are_those_of_sha256_and_only_of_files_that_stay(folder: RunFolder) -> None:
    files = json.loads(folder.provenance.read_text("utf-8"))["files"]
    assert files == {
        name: hashlib.sha256((folder.path / name).read_bytes()).hexdigest()
        for name in ("metrics.json", "preprocessor/state.json", "preprocessor/tables.npz")
    }


def test_a_whole_run_is_read_and_a_folder_is_checked_file_by_file(folder: RunFolder) -> None:
    provenance = read_provenance(folder)
    assert provenance["format"] == FORMAT
    assert check_file(folder, folder.preprocessor, provenance) == folder.preprocessor
    assert damage(folder, provenance) == {}
    write_text(folder.preprocessor / "tables.npz", "e\n")
    folder.metrics.unlink()
    assert damage(folder, provenance) == {"metrics.json": "missing", "preprocessor/tables.npz": "altered"}
    with pytest.raises(RunError, match=r"tables\.npz: expected the file as the run wrote it"):
        check_file(folder, folder.preprocessor, provenance)
    with pytest.raises(RunError, match=r"metrics\.json: expected this file of a run"):
        check_file(folder, folder.metrics, provenance)


def test_a_file_that_came_later_is_nobody_s_business(folder: RunFolder) -> None:
    write_text(folder.path / "notes.txt", "mine")
    assert damage(folder, read_provenance(folder)) == {}
    assert check_file(folder, folder.path / "notes.txt", read_provenance(folder)).exists()


def test_every_single_character_of_the_provenance_counts(folder: RunFolder) -> None:
    text = folder.provenance.read_text("utf-8")
    for place in range(0, len(text) - 3, 7):
        other = "7" if text[place] != "7" else "8"
        folder.provenance.write_text(text[:place] + other + text[place + 1 :], "utf-8")
        with pytest.raises(RunError):
            read_provenance(folder)


def test_a_run_of_the_first_format_loads_without_sums(folder: RunFolder) -> None:
    write_json(folder.provenance, {"format": 1, "recipe": "x"})
    provenance = read_provenance(folder)
    assert check_file(folder, folder.metrics, provenance) == folder.metrics
    assert damage(folder, provenance) == {}


@pytest.mark.parametrize("number", [FORMAT + 1, 99])
def test_a_newer_format_is_refused_with_what_to_do(folder: RunFolder, number: int) -> None:
    write_json(folder.provenance, {"format": number, "versions": {"nnrecipes": "9.1"}})
    with pytest.raises(RunError, match=rf"format {number} of nnrecipes 9\.1, which is newer .* upgrade nnrecipes"):
        read_provenance(folder)


def test_a_format_that_is_not_read_any_more_names_the_release_that_reads_it(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "OLDEST_FORMAT", 2)
    monkeypatch.setitem(integrity.LAST_READERS, 1, "0.4")
    write_json(folder.provenance, {"format": 1, "versions": {"nnrecipes": "0.1.0"}})
    with pytest.raises(RunError, match=r"Received: format 1 of nnrecipes 0\.1\.0, which nnrecipes 0\.4 is the last"):
        read_provenance(folder)


@pytest.mark.parametrize("number", [None, "2", 0, True, 1.5])
def test_what_is_no_format_is_refused(folder: RunFolder, number: object) -> None:
    write_json(folder.provenance, {"format": number})
    with pytest.raises(RunError, match="expected a run of format 1 to 2. Received: format"):
        read_provenance(folder)


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "generate_integrity", Path(__file__).with_name("generate_integrity.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_table_of_altered_files_is_what_is_said_of_them() -> None:
    module = generator()
    text = module.table()
    assert len(module.CASES) == 20
    for case, line in zip(module.CASES, text.splitlines()[-20:], strict=True):
        answer = line.split(" | ")[-1]
        assert Path(case.file).name in answer or case.command == "runs" or "format 3" in answer, line
        assert "Traceback" not in answer
    assert text == module.PLACE.read_text("utf-8"), "run: python tests/runs/generate_integrity.py"
