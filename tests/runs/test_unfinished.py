"""A run folder from its first moment to its last: mark, lock, and what an error leaves."""

import errno
import json
from pathlib import Path

import pytest

from nnrecipes.errors import DataError, RunError
from nnrecipes.runs.begun import begun_with, check_begun, check_rows
from nnrecipes.runs.files import read_json, write_json
from nnrecipes.runs.find import find_run
from nnrecipes.runs.layout import RunFolder
from nnrecipes.runs.unfinished import new_run, note_resumed, read_mark, reopened

BEGUN = begun_with("name: x\n", "rows.csv", "ab" * 32, [])
NOTHING = {"data": False, "model": False, "callbacks": False}


def begin(root: Path, error: BaseException, *, epoch: bool) -> RunFolder:
    """A run that ends in an error, after a completed epoch or before."""
    with pytest.raises(type(error)), new_run("iris", "name: x\n", BEGUN, root) as folder:  # noqa: PT012
        if epoch:
            (folder.path / "checkpoints").mkdir()
            (folder.path / "checkpoints" / "resume-000001.npz").write_bytes(b"state")
        raise error
    return folder


def test_a_run_is_marked_unfinished_until_it_ends(tmp_path: Path) -> None:
    with new_run("iris", "name: x\n", BEGUN, tmp_path) as folder:
        write_json(folder.provenance, {})
        assert not folder.finished
        with pytest.raises(RunError, match="expected a finished run"):
            find_run(folder.path)
        assert find_run("latest", tmp_path, unfinished=True).id == folder.id
    assert folder.finished
    with pytest.raises(RunError, match="at least one unfinished run. Received: none"):
        find_run("latest", tmp_path, unfinished=True)


def test_an_error_before_the_first_epoch_leaves_nothing(tmp_path: Path) -> None:
    folder = begin(tmp_path, DataError("no"), epoch=False)
    assert not folder.path.exists()


def test_ctrl_c_and_an_error_after_an_epoch_leave_a_run_and_say_the_command(tmp_path: Path) -> None:
    interrupt, crash = KeyboardInterrupt(), ValueError("a callback's")
    folders = begin(tmp_path / "a b", interrupt, epoch=False), begin(tmp_path, crash, epoch=True)
    for error, folder in zip((interrupt, crash), folders, strict=True):
        assert folder.config.is_file()
        assert folder.mark.is_file()
        (note,) = error.__notes__
        assert note.endswith(f"nnrecipes train --resume '{folder.path}'" if " " in str(tmp_path / "a b") and
                             error is interrupt else f"nnrecipes train --resume {folder.path}")  # fmt: skip


def test_the_command_of_a_run_that_was_given_rows_is_python(tmp_path: Path) -> None:
    interrupt = KeyboardInterrupt()
    begun = begun_with("", "arrays", "", ["data", "callbacks"])
    with pytest.raises(KeyboardInterrupt), new_run("iris", "", begun, tmp_path) as folder:
        raise interrupt
    assert interrupt.__notes__ == [
        f"To go on with this run: nnrecipes.resume({str(folder.path)!r}, data=..., callbacks=...)"
    ]


def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(RunError, match=r"expected a place that can be written. Received: No space left on device\.$"),
        new_run("iris", "name: x\n", BEGUN, tmp_path) as folder,
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not folder.path.exists()


def test_a_read_only_folder_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *words: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunError, match="Received: Read-only file system"), new_run("iris", "", BEGUN, tmp_path):
        pass


def test_a_run_that_is_being_trained_is_not_resumed(tmp_path: Path) -> None:
    with (
        new_run("iris", "name: x\n", BEGUN, tmp_path) as folder,
        pytest.raises(RunError, match="another process trains or resumes"),
        reopened(folder),
    ):
        pass
    assert not folder.mark.exists()


def test_of_two_resumptions_at_once_the_second_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    with reopened(folder):
        with pytest.raises(RunError, match="another process"), reopened(folder):
            pass
        assert folder.mark.exists()
        assert len(folder.resume) == 1
        write_json(folder.provenance, {})
    assert folder.finished
    assert folder.resume == []


def test_two_runs_at_once_have_folders_of_their_own(tmp_path: Path) -> None:
    with new_run("iris", "name: a\n", BEGUN, tmp_path) as one, new_run("iris", "name: b\n", BEGUN, tmp_path) as two:
        assert one.path != two.path
    assert (one.config.read_text(), two.config.read_text()) == ("name: a\n", "name: b\n")


def test_what_a_kill_left_half_written_goes_when_the_run_is_reopened(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    leavings = [folder.path / ".x1.json", folder.path / "checkpoints" / ".best.partial.keras",
                folder.path / "preprocessor" / "tables.npz.part"]  # fmt: skip
    for path in leavings:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    with pytest.raises(KeyboardInterrupt), reopened(folder):  # noqa: PT012
        assert not any(path.exists() for path in leavings)
        assert len(folder.resume) == 1
        raise KeyboardInterrupt


def test_an_error_while_resuming_leaves_the_run(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=False)
    with pytest.raises(DataError), reopened(folder):
        raise DataError("the file has gone")
    assert folder.config.is_file()
    assert folder.mark.is_file()


def test_the_mark_tells_the_beginning_and_each_resumption(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    note_resumed(folder, 3, {})
    with folder.mark.open("a") as mark:
        mark.write('{"at": "20')  # a kill cut it
    first, second = read_mark(folder)
    assert first == json.loads(json.dumps(BEGUN))
    assert second["epochs"] == 3


@pytest.mark.parametrize("content", ["", "{", "[]\n", "\xff"])
def test_a_damaged_mark_is_named(tmp_path: Path, content: str) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    folder.mark.write_text(content, "latin-1")
    with pytest.raises(RunError, match=r"\.unfinished: expected what the run was begun with"), reopened(folder):
        pass


def test_an_altered_recipe_other_rows_and_other_versions_are_refused(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    assert check_begun(folder, BEGUN, NOTHING, force=False) == {}
    check_rows(folder, BEGUN, "rows.csv", "ab" * 32)
    with pytest.raises(RunError, match=r"rows\.csv: expected the rows that .* was begun with \(sha256 abab"):
        check_rows(folder, BEGUN, "rows.csv", "cd" * 32)
    older = {**BEGUN, "versions": {**BEGUN["versions"], "keras": "3.0.0", "platform": "another kernel"}}
    with pytest.raises(RunError, match=r"expected keras 3\.0\.0, with which .* Received: keras 3\.\d+.*--force"):
        check_begun(folder, older, NOTHING, force=False)
    assert list(check_begun(folder, older, NOTHING, force=True)) == ["keras"]
    with pytest.raises(RunError, match="of format 2. Received: format 1"):
        check_begun(folder, {**BEGUN, "format": 1}, NOTHING, force=True)
    folder.config.write_text("name: y\n")
    with pytest.raises(RunError, match=r"config\.yaml: expected the recipe that the run was begun with"):
        check_begun(folder, BEGUN, NOTHING, force=True)


def test_rows_that_were_given_have_to_be_given_again(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    with pytest.raises(RunError, match="expected data=... as at the run's beginning. Received: none"):
        check_begun(folder, {**BEGUN, "needs": ["data"]}, NOTHING, force=False)
    with pytest.raises(RunError, match="expected no model, as at the run's beginning. Received: one"):
        check_begun(folder, BEGUN, {**NOTHING, "model": True}, force=False)


def test_an_unreadable_json_file_of_an_unfinished_run_is_named(tmp_path: Path) -> None:
    folder = begin(tmp_path, KeyboardInterrupt(), epoch=True)
    with pytest.raises(RunError, match=r"metrics\.json: expected this file of a run"):
        read_json(folder.metrics)
