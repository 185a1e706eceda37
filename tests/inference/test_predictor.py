"""Rows one by one get the answers that the run gives to a table of them, and mistakes are named."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.inference.predictor import RowError
from nnrecipes.inference.serving_file import open_predictor


@pytest.fixture(scope="module")
def copy(run, tmp_path_factory):
    place = tmp_path_factory.mktemp("served") / "trips" / run.folder.id
    shutil.copytree(run.path, place)
    return nn.load_run(place)


@pytest.fixture
def records(rows):
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def same(answers, expected):
    for answer, wanted in zip(answers, expected.to_dict("records"), strict=True):
        assert list(answer) == list(wanted)
        for name, value in wanted.items():
            assert answer[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-5, abs=1e-5))


def test_rows_are_answered_as_a_table_of_them_is(copy, rows, records):
    assert copy.predictor.backend == "onnxruntime"
    same([copy.predict_one(row) for row in records], copy.predict(rows))
    same(copy.predictor.predict_rows(records), copy.predict(rows))


def test_gaps_and_unseen_categories_are_answered_as_in_a_table(copy, rows):
    holes = rows.head(3).astype(object)
    holes.loc[0, ["wind_ms", "harbour"]] = None
    holes.loc[1, "harbour"] = "Atlantis"
    same(copy.predictor.predict_rows(holes.where(holes.notna(), None).to_dict("records")), copy.predict(holes))


def test_the_file_is_used_again_and_is_sealed(copy, records):
    assert copy.predictor is not None
    found = open_predictor(copy.folder)
    assert found is not None
    assert found.predict_one(records[0]) == copy.predict_one(records[0])
    assert copy.damage() == {}
    file = copy.folder.serving / "answers.onnx"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(nn.RunError, match="altered or cut short"):
        open_predictor(copy.folder)
    file.write_bytes(whole)


def test_tensorflow_answers_where_onnxruntime_does_not(copy, records):
    from nnrecipes.inference.export.subject import TargetSubject
    from nnrecipes.inference.serving_file import tensorflow_predictor

    other = tensorflow_predictor(TargetSubject(copy), copy.folder)
    assert other.backend == "tensorflow"
    same(other.predict_rows(records), pd.DataFrame(copy.predictor.predict_rows(records)))


def test_a_row_with_mistakes_names_each(copy, records):
    row = {**records[0], "hours": "many", "wind_ms": float("inf"), "departure": "soon", "harbour": ["Husum"]}
    del row["water_c"]
    with pytest.raises(RowError) as error:
        copy.predict_one({**row, "water": 9.0})
    problems = {item.field: (item.expected, item.received) for item in error.value.items}
    assert problems["hours"] == ("a number", "'many'")
    assert problems["wind_ms"] == ("a finite number", "inf")
    assert problems["departure"][0].startswith("an ISO date")
    assert problems["harbour"] == ("a text or a number", "['Husum']")
    assert problems["water_c"] == ("the key 'water_c'", "'water'")


def test_mistakes_in_several_rows_name_the_row(copy, records):
    with pytest.raises(RowError, match=r"row 2: hours: expected a number\. Received: 'x'\."):
        copy.predictor.predict_rows([*records[:2], {**records[2], "hours": "x"}])
    with pytest.raises(RowError, match="row 0: row: expected an object of columns. Received: str"):
        copy.predictor.predict_rows(["x"])


SCRIPT = """
import sys
from nnrecipes.cli.main import main
status = main(sys.argv[1:])
print(status, [name for name in ("tensorflow", "keras") if name in sys.modules], file=sys.stderr)
"""


def test_predict_of_a_file_imports_no_tensorflow(copy, rows, tmp_path):
    assert copy.predictor is not None
    rows.to_csv(tmp_path / "rows.csv", index=False)
    words = ["predict", str(copy.path), "--data", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "out.csv")]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=True,
                          env=os.environ)  # fmt: skip
    assert "Answered by onnxruntime." in done.stderr
    assert done.stderr.strip().splitlines()[-1] == "0 []"
    found, expected = pd.read_csv(tmp_path / "out.csv"), copy.predict(tmp_path / "rows.csv")
    assert found["gear"].tolist() == expected["gear"].tolist()
    numbers = expected.select_dtypes("number")
    np.testing.assert_allclose(found[numbers.columns], numbers, rtol=1e-5, atol=1e-5)


def test_single_rows_need_neither_tensorflow_nor_pandas(copy, records):
    assert copy.predictor is not None
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from nnrecipes.inference.serving_file import open_predictor\n"
        "from nnrecipes.runs.layout import RunFolder\n"
        "answer = open_predictor(RunFolder(Path(sys.argv[1]))).predict_one(json.loads(sys.argv[2]))\n"
        "print(json.dumps([answer, [n for n in ('tensorflow', 'keras', 'pandas', 'sklearn') if n in sys.modules]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(copy.path), json.dumps(records[0])], capture_output=True,
                          text=True, check=True, env=os.environ)  # fmt: skip
    answer, imported = json.loads(done.stdout)
    assert imported == []
    assert answer == copy.predict_one(records[0])
