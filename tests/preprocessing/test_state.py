import json

import numpy as np
import pytest

from nnrecipes.errors import RunError
from nnrecipes.preprocessing.state import load_state, save_state


def test_numbers_text_and_arrays_come_back_bit_for_bit(tmp_path):
    rng = np.random.default_rng(0)
    state = {
        "numbers": [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 3],
        "text": {"": "\x00", "$table": "numeric", "ø/\\..": None, "nested": [[True], []]},
        "arrays": [rng.normal(size=(3, 2)), np.array([np.nan, np.inf]), np.eye(2, dtype=np.uint8)],
    }
    save_state(tmp_path / "new", state)
    found = load_state(tmp_path / "new")
    assert found["numbers"] == state["numbers"]
    assert str(found["numbers"][4]) == "-0.0"
    assert found["text"] == state["text"]
    for ours, theirs in zip(found["arrays"], state["arrays"], strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_the_files_are_plain_json_and_npz_and_nothing_else(tmp_path):
    save_state(tmp_path, {"a": np.arange(3)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json", "tables.npz"]
    assert json.loads((tmp_path / "state.json").read_text()) == {"format": 1, "state": {"a": {"$table": 0}}}
    with np.load(tmp_path / "tables.npz", allow_pickle=False) as archive:
        assert archive["table_0"].tolist() == [0, 1, 2]


def test_objects_are_not_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        save_state(tmp_path, {"a": np.array(["x", None], dtype=object)})


def test_missing_torn_and_foreign_files_are_named(tmp_path):
    with pytest.raises(RunError, match="expected the state of a preprocessor"):
        load_state(tmp_path)
    save_state(tmp_path, {})
    (tmp_path / "tables.npz").write_bytes(b"PK torn")
    with pytest.raises(RunError, match="expected the state of a preprocessor"):
        load_state(tmp_path)
    save_state(tmp_path, {})
    (tmp_path / "state.json").write_text('{"format": 99}')
    with pytest.raises(RunError, match="expected format 1. Received: 99"):
        load_state(tmp_path)
