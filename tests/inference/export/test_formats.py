"""Every format of every kind of run answers as the run does: export itself refuses above 1e-5."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

import nnrecipes as nn
from nnrecipes.cli.main import main

ZOO = ["iris_multi_output", "sequential_breast_cancer", "sequential_diabetes", "sequential_wine"]


@pytest.mark.parametrize("name", ZOO)
def test_onnx_of_the_zoo(zoo, name, tmp_path):
    made = zoo(name).export("onnx", tmp_path / "a.onnx")
    assert made.rows >= 500
    assert made.max_difference < 1e-5
    assert made.path.stat().st_size == made.size < 50_000


@pytest.mark.parametrize("to", ["keras", "saved_model", "litert"])
def test_a_run_of_two_targets_in_every_other_format(zoo, to, tmp_path):
    place = tmp_path / {"keras": "a.keras", "saved_model": "a", "litert": "a.tflite"}[to]
    assert zoo("iris_multi_output").export(to, place).max_difference < 1e-5


def test_onnx_answers_by_its_own_runtime(zoo, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    run = zoo("sequential_breast_cancer")
    made = run.export("onnx", tmp_path / "cancer.onnx")
    names = [column["name"] for column in json.loads(made.schema.read_text())["columns"]]
    rows = pd.DataFrame(load_breast_cancer().data, columns=names)
    session = onnxruntime.InferenceSession(made.path, providers=["CPUExecutionProvider"])
    given = {name: rows[[name]].to_numpy(np.float32) for name in names}
    labels, values = session.run(["diagnosis_label", "diagnosis"], given)
    expected = run.predict(rows)
    assert labels[:, 0].tolist() == expected["diagnosis"].tolist()
    np.testing.assert_allclose(values, expected.iloc[:, 1:].to_numpy(), atol=1e-5)


def test_schema_and_card_stand_beside_the_file(zoo, tmp_path):
    made = zoo("iris_multi_output").export("onnx", tmp_path / "iris.onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"iris.onnx", "iris.schema.json", "iris.card.md"}
    schema = json.loads(made.schema.read_text())
    assert [(item["name"], item["dtype"], item["shape"]) for item in schema["inputs"]] == [
        (name, "float32", [1]) for name in ("sepal_length", "sepal_width", "petal_length")
    ]
    outputs = {item["name"]: (item["shape"], item["label"]) for item in schema["outputs"]}
    assert outputs == {"petal_width": ([1], None), "species": ([3], "species_label")}
    card = made.card.read_text()
    for word in ("setosa", "sepal_length", "accuracy", "linear", f"{made.max_difference:.1e}"):
        assert word in card


def test_rows_without_a_needed_value_have_no_answer(zoo, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    made = zoo("iris_multi_output").export("onnx", tmp_path / "iris.onnx")
    session = onnxruntime.InferenceSession(made.path, providers=["CPUExecutionProvider"])
    rows = load_iris().data[:2, :3].astype(np.float32)
    rows[1, 2] = np.nan
    names = ("sepal_length", "sepal_width", "petal_length")
    label, width = session.run(["species_label", "petal_width"], dict(zip(names, rows.T[:, :, None], strict=True)))
    assert label[:, 0].tolist() == ["setosa", ""]
    assert np.isnan(width[:, 0]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("to", "out", "expected"),
    [
        ("onyx", "a.onnx", "expected one of keras, saved_model, onnx, litert. Received: 'onyx'. Did you mean onnx?"),
        ("onnx", "a.keras", "expected a name that ends in .onnx"),
        ("keras", "a.h5", "expected a name that ends in .keras"),
        ("saved_model", "full", "a folder with something else in it"),
        ("saved_model", "file.txt", "expected the name of a folder"),
    ],
)
def test_a_wrong_word_is_refused_before_anything_is_written(zoo, tmp_path, to, out, expected):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    (tmp_path / "file.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(nn.RunError) as error:
        zoo("iris_multi_output").export(to, tmp_path / out)
    assert expected in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_answers_otherwise_is_not_kept(zoo, tmp_path, monkeypatch):
    from nnrecipes.inference.export import formats

    write = formats.WRITERS["onnx"]

    def spoilt(core, path):
        weights = core.model.get_weights()
        core.model.set_weights([weights[0] * 1.001, *weights[1:]])
        write(core, path)

    monkeypatch.setitem(formats.WRITERS, "onnx", spoilt)
    with pytest.raises(nn.RunError, match="answers as its run does, within 1e-05"):
        zoo("iris_multi_output").export("onnx", tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_where_and_how_far(zoo, tmp_path, capsys):
    run = str(zoo("iris_multi_output").path)
    assert main(["export", run, "--to", "onnx", "--out", str(tmp_path / "a.onnx"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] >= 500
    assert said["max_difference"] < 1e-5
    assert said["bytes"] == (tmp_path / "a.onnx").stat().st_size
    assert main(["export", run, "--to", "onnx"]) == 0
    heard = capsys.readouterr()
    assert f"Wrote {run}/export/iris_multi_output.onnx" in heard.out
    assert "species: differs from the run by at most" in heard.out
    assert nn.load_run(run).damage() == {}


def test_a_mistake_on_the_command_line_is_one_line(zoo, capsys):
    assert main(["export", str(zoo("iris_multi_output").path), "--to", "pickle"]) == 2
    assert (
        "export: to: expected one of keras, saved_model, onnx, litert. Received: 'pickle'." in capsys.readouterr().err
    )


def test_packages_that_are_absent_are_named(zoo, tmp_path, monkeypatch):
    from nnrecipes.inference.export import export

    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(nn.RunError, match=r"extra export \(pip install 'nnrecipes\[export\]'\)\. Received: no onnx"):
        zoo("iris_multi_output").export("onnx", tmp_path / "a.onnx")
