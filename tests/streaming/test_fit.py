"""Preprocessing fitted in a stream against the same rows in memory."""

import numpy as np
import pandas as pd
import pytest
from stream_tables import config, in_files, table

import nnrecipes.data.survey as surveying
from nnrecipes.config.consistency import fill
from nnrecipes.data.build import load_data
from nnrecipes.data.load_stream import load_streamed
from nnrecipes.preprocessing.build import fit_preprocessor
from nnrecipes.preprocessing.categorical import encode_levels
from nnrecipes.preprocessing.features import write_feature
from nnrecipes.preprocessing.target_encoding import fit_target_table

CLOSE = 1e-12
"""How far, relative to its size, a fitted number may be from that of rows in memory."""


def prepared(chosen, *, stream=True):
    chosen = chosen.model_copy(update={"data": chosen.data.model_copy(update={"stream": stream})})
    dataset = load_streamed(chosen) if stream else load_data(chosen)
    return fit_preprocessor(fill(chosen, dataset.tasks), dataset), dataset


def both(tmp_path, rows=400, **sections):
    chosen = config(in_files(table(rows), tmp_path / "t", 90, group=40), **sections)
    return prepared(chosen)[0], prepared(chosen, stream=False)[0]


def equal(found, expected):
    """Trees of plain values and arrays."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            equal(found[key], value)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            equal(one, other)
    elif isinstance(expected, float | np.ndarray):
        np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE)
    else:
        assert found == expected


def fitted(preprocessor):
    return {item: {name: write_feature(feature) for name, feature in columns.items()}
            for item, columns in preprocessor.features_.items()}  # fmt: skip


def blocks_of(found):
    parts = list(found.blocks.epoch(0, 0, 16, shuffle=False))
    return {name: np.concatenate([part.x[name] for part in parts]) for name in parts[0].x}, parts


SCALES = ("standard", "minmax", "robust", "robust_clip", "quantile", "none")


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("missing", ["mean", "median", "indicator", "constant", "most_frequent"])
def test_numbers_are_filled_and_scaled_as_in_memory(tmp_path, scale, missing):
    numeric = {"scale": scale, "missing": missing, "fill_value": 3.0}
    streamed, whole = both(tmp_path, preprocessing={"numeric": numeric})
    equal(fitted(streamed.preprocessor), fitted(whole.preprocessor))
    assert streamed.preprocessor.spec.inputs == whole.preprocessor.spec.inputs
    np.testing.assert_allclose(blocks_of(streamed)[0]["features"], whole.train.x["features"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(streamed.test.x["features"], whole.test.x["features"], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("encode", ["one_hot", "ordinal"])
@pytest.mark.parametrize("missing", ["most_frequent", "constant", "indicator", "unknown"])
def test_categories_are_encoded_as_in_memory(tmp_path, encode, missing):
    frame = table(300)
    frame.loc[frame.index % 7 == 0, "town"] = None
    frame.loc[[250, 295], "town"] = "unseen"  # a validation row and a test row
    section = {"numeric": {"missing": "mean"}, "categorical": {"encode": encode, "missing": missing}}
    chosen = config(
        in_files(frame, tmp_path / "t", 90), preprocessing=section, data={"columns": {"code": "categorical"}}
    )
    streamed, whole = prepared(chosen)[0], prepared(chosen, stream=False)[0]
    equal(fitted(streamed.preprocessor), fitted(whole.preprocessor))
    for found, expected in ((streamed.validation, whole.validation), (streamed.test, whole.test)):
        np.testing.assert_allclose(found.x["features"], expected.x["features"], rtol=1e-6, atol=1e-6)
    assert streamed.preprocessor.unseen(frame.iloc[243:])["town"] == 2


@pytest.mark.parametrize("scale", ["standard", "minmax", "robust", "log", "none"])
def test_targets_are_scaled_as_in_memory(tmp_path, scale):
    target = {"b": {"task": "regression", "scale": scale}}
    streamed, whole = both(tmp_path, targets=target)
    equal(streamed.preprocessor.targets_["b"].to_dict(), whole.preprocessor.targets_["b"].to_dict())
    labels = np.concatenate([part.y["b"] for part in blocks_of(streamed)[1]])
    np.testing.assert_allclose(labels, whole.train.y["b"], rtol=1e-6, atol=1e-6)


def test_classes_and_their_weights_are_those_of_rows_in_memory(tmp_path):
    target = {"town": {"task": "multiclass", "class_weight": "balanced"}}
    streamed, whole = both(tmp_path, targets=target)
    parts = blocks_of(streamed)[1]
    assert streamed.preprocessor.spec.targets == whole.preprocessor.spec.targets
    np.testing.assert_array_equal(np.concatenate([part.y["town"] for part in parts]), whole.train.y["town"])
    np.testing.assert_allclose(np.concatenate([part.weights["town"] for part in parts]), whole.train.weights["town"])


BINS = {"numeric": {"missing": "indicator", "scale": "robust_clip", "quantile_bins": 12, "distinct_bins": 6,
                    "target_bins": 4}, "categorical": {"encode": "embedding"}}  # fmt: skip


def test_bins_and_embeddings_of_a_tabular_network_are_those_of_rows_in_memory(tmp_path):
    streamed, whole = both(tmp_path, preprocessing=BINS, model={"kind": "tabular", "preset": "none"},
                           data={"columns": {"code": "categorical"}})  # fmt: skip
    assert streamed.preprocessor.spec.inputs == whole.preprocessor.spec.inputs


def test_what_a_sample_does_not_decide_is_exact_beyond_the_sample(tmp_path, monkeypatch):
    folder = in_files(table(3000), tmp_path / "t", 700)
    expected = prepared(config(folder), stream=False)[0].preprocessor
    monkeypatch.setattr(surveying, "SAMPLE_ROWS", 50)
    found, dataset = prepared(config(folder))
    assert len(found.train) == 50
    assert len(found.blocks) == dataset.train_rows == 2430
    equal(fitted(found.preprocessor), fitted(expected))
    (median,) = (prepared(config(folder, preprocessing={"numeric": {"missing": "median"}}))[0],)
    assert median.preprocessor.features_["features"]["gappy"].fill == pytest.approx(0.0, abs=0.6)


def target_encoded(tmp_path, frame, name="t", **target):
    section = {"numeric": {"missing": "mean"}, "categorical": {"encode": "target", "min_samples_leaf": 3}}
    chosen = config(in_files(frame, tmp_path / name, 90), preprocessing=section,
                    data={"columns": {"code": "categorical"}, "ignore": ["who", "kind", "price"]} if target else
                    {"columns": {"code": "categorical"}}, **({"targets": target} if target else {}))  # fmt: skip
    return prepared(chosen)


def test_target_encoding_of_other_rows_is_that_of_all_training_rows(tmp_path):
    found, dataset = target_encoded(tmp_path, table(400))
    frame = table(400).iloc[dataset.split.train]
    column = found.preprocessor.features_["features"]["code"]
    codes = encode_levels(frame["code"], column.levels)
    goal = frame["price"].to_numpy().reshape(-1, 1)
    expected = fit_target_table(codes, goal, size=len(column.levels), min_samples_leaf=3)
    np.testing.assert_allclose(column.table, expected, rtol=1e-10)


def test_training_rows_are_encoded_by_the_other_folds(tmp_path):
    frame = table(400)
    found, dataset = target_encoded(tmp_path, frame)
    train = frame.iloc[dataset.split.train]
    from nnrecipes.preprocessing.fold_sums import folds_of

    own = folds_of(train.index.to_numpy(), 5, 0)
    column = found.preprocessor.features_["features"]["code"]
    codes = encode_levels(train["code"], column.levels)
    encoded = np.empty(len(train))
    for fold in range(5):
        others = own != fold
        goal = train["price"].to_numpy()[others].reshape(-1, 1)
        encoded[~others] = fit_target_table(codes[others], goal, size=len(column.levels), min_samples_leaf=3)[
            codes[~others], 0
        ]
    place = found.preprocessor.spec.inputs[0].features.index("code")
    expected = (encoded - encoded.mean()) / encoded.std()
    np.testing.assert_allclose(blocks_of(found)[0]["features"][:, place], expected, rtol=1e-5, atol=1e-5)


def test_a_rows_own_target_does_not_reach_its_features(tmp_path):
    frame = table(400)
    first, dataset = target_encoded(tmp_path, frame, "a")
    row = int(dataset.split.train[7])
    changed = frame.copy()
    changed.loc[row, "price"] += 1000.0
    second, _ = target_encoded(tmp_path, changed, "b")
    place = first.preprocessor.spec.inputs[0].features.index("code")
    columns = []
    for found in (first, second):
        scaler = found.preprocessor.features_["features"]["code"].scalers[0]
        values = blocks_of(found)[0]["features"][:, place] * scaler.factor + scaler.offset
        columns.append(values)
    assert columns[0][7] == pytest.approx(columns[1][7], abs=1e-3)
    assert np.abs(columns[0] - columns[1]).max() > 1


def test_target_encoding_of_classes_has_a_column_a_class(tmp_path):
    found, dataset = target_encoded(tmp_path, table(400), town={"task": "multiclass"})
    frame = table(400).iloc[dataset.split.train]
    column = found.preprocessor.features_["features"]["code"]
    classes = found.preprocessor.spec.targets[0].classes
    goal = pd.get_dummies(frame["town"])[list(classes)].to_numpy(dtype=float)
    expected = fit_target_table(
        encode_levels(frame["code"], column.levels), goal, size=len(column.levels), min_samples_leaf=3
    )
    np.testing.assert_allclose(column.table, expected, rtol=1e-10)
    assert column.parts == classes
