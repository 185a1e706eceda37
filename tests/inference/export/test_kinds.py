"""Every kind of run through ONNX and its own runtime; the other formats, and long trainings, are slow tests.

The oracle is the run itself, by TensorFlow and the Python preprocessing: an export is refused above 1e-5.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.data.schema import prepare
from nnrecipes.data.table import Table
from nnrecipes.inference.export.columns import columns_of
from nnrecipes.inference.export.probe import file_inputs
from nnrecipes.inference.serving_file import open_predictor

sys.path.insert(0, str(Path(__file__).parent))
from kinds import KINDS, table

ENDINGS = {"keras": ".keras", "saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
PLAIN = [
    "everything",
    "tabular",
    "quantiles",
    "ensemble",
    "hinge",
    "one_vs_rest",
    "identity",
    "identities",
    "pairs",
    "faces",
    "channels",
]
SHORT = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.bootstrap": 100}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root, rows, found = tmp_path_factory.mktemp("kinds"), table(), {}

    def of(name):
        if name not in found:
            found[name] = nn.train(KINDS[name], data=rows, runs_dir=root)
        return found[name]

    return of


def exported(run, to, tmp_path):
    made = run.export(to, tmp_path / f"file{ENDINGS[to]}")
    assert made.rows >= 500
    assert made.path.exists()
    assert made.max_difference < 1e-5
    return made


@pytest.mark.parametrize("name", PLAIN)
def test_onnx_of_each_kind(trained, name, tmp_path):
    exported(trained(name), "onnx", tmp_path)


ALONE = """
import json, sys
sys.modules["nnrecipes"] = None  # an import of it raises
import tensorflow as tf
rows = {name: tf.constant(values, tf.string if isinstance(values[0][0], str) else tf.float32)
        for name, values in json.loads(sys.argv[3]).items()}
if sys.argv[1] == "keras":
    import keras
    answers = keras.saving.load_model(sys.argv[2], safe_mode=True)(rows)
else:
    loaded = tf.saved_model.load(sys.argv[2])
    answers = loaded.serve(rows)
labels = {name: [label.decode() for label in answers[f"{name}_label"].numpy()[:, 0]] for name in ("late", "size")}
print(json.dumps({"cost": answers["cost"].numpy()[:, 0].tolist(), **labels}))
"""


@pytest.mark.parametrize("to", ["keras", pytest.param("saved_model", marks=pytest.mark.slow)])
def test_a_process_without_the_package_answers_raw_strings(trained, to, tmp_path):
    run = trained("everything")
    made = exported(run, to, tmp_path)
    frame = prepare(Table(table().head(6), "rows"), run.preprocessor.schema)
    frame.loc[1, ["crew", "town"]] = ["never seen", None]
    (inputs,) = file_inputs(columns_of(run.preprocessor), frame)
    rows = json.dumps({name: values.tolist() for name, values in inputs.items()})
    words = [sys.executable, "-I", "-c", ALONE, to, str(made.path), rows]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    decided, _ = run.decided(frame)
    np.testing.assert_allclose(found["cost"], decided["cost"], rtol=1e-5)
    threshold = run.decisions["late"].threshold.value
    assert found["late"] == ["yes" if p > threshold else "no" for p in decided["late"][:, 1]]
    sizes = run.preprocessor.targets_["size"].spec.classes
    assert found["size"] == [sizes[place] for place in decided["size"].argmax(axis=1)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("texts", "recurrent")])
@pytest.mark.parametrize("to", list(ENDINGS))
def test_each_kind_in_each_format(trained, name, to, tmp_path):
    exported(trained(name), to, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("to", ["keras", "saved_model"])
def test_texts_in_the_formats_that_take_them_apart(trained, to, tmp_path):
    exported(trained("texts"), to, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("to", ["onnx", "keras", "saved_model"])
def test_recurrent_nets_in_the_formats_that_have_loops(trained, to, tmp_path):
    exported(trained("recurrent"), to, tmp_path)


@pytest.mark.slow
def test_litert_says_which_operation_of_a_recurrent_net_it_lacks(trained, tmp_path):
    with pytest.raises(nn.RunError, match=r"expected operations that LiteRT has\. Received: TensorList\w+"):
        trained("recurrent").export("litert", tmp_path / "a.tflite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["onnx", "litert"])
def test_texts_are_refused_before_anything_is_written(trained, to, tmp_path):
    with pytest.raises(
        nn.RunError, match="expected keras or saved_model, which can take texts apart, for the text input"
    ):
        trained("texts").export(to, tmp_path / f"a{ENDINGS[to]}")
    assert list(tmp_path.iterdir()) == []


def test_single_rows_with_texts_are_answered_without_tensorflow(trained):
    run, rows = trained("texts"), table().head(5)
    assert run.predictor.backend == "onnxruntime"
    assert open_predictor(run.folder) is not None
    answers = pd.DataFrame(run.predictor.predict_rows(rows.to_dict("records")))
    expected = run.predict(rows)
    assert answers["late"].tolist() == expected["late"].tolist()
    np.testing.assert_allclose(answers.iloc[:, 1:], expected.iloc[:, 1:], atol=1e-5)


def test_rows_of_everything_are_answered_as_a_table_of_them_is(trained):
    run, rows = trained("everything"), table().head(30)
    rows = rows.astype(object).where(rows.notna(), None)
    rows.loc[3, "needed"] = None  # missing: drop
    answers = run.predictor.predict_rows(rows.to_dict("records"))
    expected = run.predict(rows)
    assert list(answers[0]) == expected.columns.tolist()
    assert answers[3] == dict.fromkeys(answers[3])
    found = pd.DataFrame(answers)
    for name in expected:
        if name in ("late", "size"):
            assert found[name].drop(3).tolist() == expected[name].drop(3).tolist()
        else:
            np.testing.assert_allclose(found[name].drop(3).astype(float), expected[name].drop(3).astype(float), rtol=2e-5,
                                       atol=1e-5)  # fmt: skip


def test_an_autoencoder_gives_rebuilt_rows_and_codes(tmp_path):
    import onnxruntime

    run = nn.train("dense_autoencoder_digits", {"training.epochs": 1, **SHORT}, runs_dir=tmp_path / "runs")
    made = exported(run, "onnx", tmp_path)
    session = onnxruntime.InferenceSession(made.path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1)).astype(np.uint8)
    rebuilt, codes = session.run(["reconstruction", "code"], {name: images})
    np.testing.assert_allclose(rebuilt, run.reconstruct(images), atol=1e-5)
    np.testing.assert_allclose(codes, run.encode(images), atol=1e-5)


TWO_TIED = {"training.ensemble": 2, "model.network": {"kind": "mult_dae", "hidden_units": [16], "tied": True}}


@pytest.mark.parametrize("network", [{}, TWO_TIED], ids=["shipped", "two tied"])
def test_a_recommender_lists_what_the_run_recommends(network, tmp_path):
    import onnxruntime

    run = nn.train("recommender_synthetic", {"training.epochs": 1, **network}, runs_dir=tmp_path / "runs")
    made = exported(run, "onnx", tmp_path)
    session = onnxruntime.InferenceSession(made.path, providers=["CPUExecutionProvider"])
    history = [str(item) for item in run.vocabulary.items[[3, 8, 20]]]
    listed, scores = session.run(["recommended_label", "recommended"], {"history": np.array([[*history, ""]], object)})
    expected = run.recommend(history=history, k=10)
    np.testing.assert_allclose(scores[0, :10], expected["score"], rtol=1e-5, atol=1e-5)
    assert listed[0, :10].tolist() == expected["item"].tolist()
    assert not set(listed[0]) & set(history)


@pytest.mark.slow
@pytest.mark.parametrize("to", list(ENDINGS))
@pytest.mark.parametrize("name", ["denoising_autoencoder_digits", "tabular_autoencoder", "recommender_synthetic"])
def test_other_kinds_of_runs_in_each_format(name, to, tmp_path):
    overrides = {"training.epochs": 1} if name.startswith("recommender") else {"training.epochs": 1, **SHORT}
    exported(nn.train(name, overrides, runs_dir=tmp_path / "runs"), to, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "formats"),
    [
        ("tabular_harbour", ["keras", "saved_model", "onnx", "litert"]),
        ("multimodal_two_inputs", ["keras", "saved_model", "onnx", "litert"]),
        ("multimodal_cars", ["keras", "saved_model"]),
        ("siamese_symbols", ["keras", "saved_model", "onnx", "litert"]),
    ],
)
def test_shipped_recipes_in_each_format_that_carries_them(name, formats, tmp_path):
    run = nn.train(name, {"training.epochs": 2, **SHORT}, runs_dir=tmp_path / "runs")
    for to in formats:
        exported(run, to, tmp_path)
