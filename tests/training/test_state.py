"""The state of an epoch as a file: exact, whole or absent, and refused when it is damaged."""

import errno
import json
import math

import ml_dtypes
import numpy as np
import pytest

from nnrecipes.errors import RunError
from nnrecipes.training.state import read_state, write_state


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or (a != a and b != b))


def test_every_value_comes_back_as_it_was(tmp_path):
    random = np.random.default_rng(0)
    tree = {
        "weights": [random.normal(size=shape).astype(kind) for shape in [(), (0,), (3,), (2, 3, 4)] for kind in "fd"],
        "half": random.normal(size=5).astype(ml_dtypes.bfloat16),
        "other": [np.array([0, 1, 1]).astype(kind) for kind in ("uint8", "int64", "bool", ">i4")],
        "text": np.array(["a", "bc"]),
        "order": np.asfortranarray(random.normal(size=(3, 4))),
        "history": {"loss": [0.1, math.nan, math.inf, -0.0], "epoch": list(range(30)), "one": [0.1]},
        "plain": [None, True, 1, 2.5, "é", {}, [], [1, 2.0], [True, False], [2**63, 2**63 + 1], [2**70, 1]],
    }
    write_state(tmp_path / "a.npz", tree)
    tree["order"] = np.ascontiguousarray(tree["order"])
    assert same(tree, read_state(tmp_path / "a.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {1, 2}}, np.array([object()]), b"bytes"])
def test_what_cannot_be_kept_without_pickle_is_refused(tmp_path, value):
    with pytest.raises(TypeError, match="expected .*Received: "):
        write_state(tmp_path / "a.npz", {"value": value})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_cut_or_altered_anywhere_is_never_read_as_something_else(tmp_path):
    path, random = tmp_path / "a.npz", np.random.default_rng(1)
    tree = {"weights": [random.normal(size=(8, 8))], "best": 0.25}
    write_state(path, tree)
    content = path.read_bytes()
    for place in random.integers(0, len(content), 200):
        path.write_bytes(content[:place])
        with pytest.raises(RunError, match=r"a\.npz: expected the state of the last completed epoch"):
            read_state(path)
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        try:
            assert same(tree, read_state(path))  # a byte that means nothing, such as a date in the zip
        except RunError:
            continue


def test_a_full_disk_leaves_the_file_of_before(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    write_state(path, {"epoch": 1})

    def full(member, header):
        member.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(RunError, match=r"a\.npz: expected a place that can be written. Received: No space"):
        write_state(path, {"epoch": 2})
    monkeypatch.undo()
    assert read_state(path) == {"epoch": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_nothing_is_pickled(tmp_path):
    write_state(tmp_path / "a.npz", {"a": [np.ones(2)]})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert json.loads(archive["tree"].tobytes())["a"] == [{"$array": ["<f8", [2], 0]}]
        assert archive["bytes"].tobytes() == np.ones(2).tobytes()
