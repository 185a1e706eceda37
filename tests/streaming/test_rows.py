"""Rows that are streamed against the same rows in memory: sets, totals, errors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_tables import config, in_files, table

import nnrecipes.data.survey as surveying
from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.data.ahead import ahead
from nnrecipes.data.build import load_data
from nnrecipes.data.held_out import row_hashes
from nnrecipes.data.load_stream import load_streamed
from nnrecipes.data.stream_size import streams, table_size
from nnrecipes.data.totals import Numbers
from nnrecipes.data.units import find_units, read_unit
from nnrecipes.errors import ConfigError, DataError

SPLITS = [{"kind": "order", "test": 31, "validation": 0.2}, {"kind": "time", "column": "day"}]


def in_memory(chosen):
    return load_data(chosen.model_copy(update={"data": chosen.data.model_copy(update={"stream": False})}))


def training_rows(dataset):
    return pd.concat(dataset.stream.reader.training_rows())


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split["kind"])
def test_splits_by_order_and_time_are_those_of_rows_in_memory(tmp_path, split, kind):
    chosen = config(in_files(table(300), tmp_path / "t", 70, kind, group=30), data={"split": split})
    streamed, whole = load_streamed(chosen), in_memory(chosen)
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(streamed.split, name), getattr(whole.split, name))
    assert (streamed.schema, streamed.tasks, streamed.sha256) == (whole.schema, whole.tasks, whole.sha256)
    assert streamed.train_rows == len(whole.split.train)
    pd.testing.assert_frame_equal(streamed.frame, whole.frame)
    pd.testing.assert_frame_equal(training_rows(streamed)[whole.frame.columns], whole.frame.loc[whole.split.train])


def test_a_column_names_the_sets_and_drops_rows(tmp_path):
    frame = table(200)
    frame["set"] = np.random.default_rng(1).choice(["train", "val", "test", "drop"], 200)
    chosen = config(in_files(frame, tmp_path / "t", 60), data={"split": {"kind": "column", "column": "set"}})
    streamed, whole = load_streamed(chosen), in_memory(chosen)
    assert streamed.split.test.tolist() == whole.split.test.tolist() == np.flatnonzero(frame["set"] == "test").tolist()
    assert training_rows(streamed).index.tolist() == np.flatnonzero(frame["set"] == "train").tolist()


def test_a_random_split_has_exact_counts_and_depends_on_the_seed_alone(tmp_path):
    folders = in_files(table(500), tmp_path / "few", 500), in_files(table(500), tmp_path / "many", 20)
    few, many, other = (
        load_streamed(config(folder, seed=seed, data={"split": {"kind": "random", "test": 50, "validation": 0.2}}))
        for folder, seed in zip((*folders, folders[0]), (0, 0, 1), strict=True)
    )
    assert (len(few.split.test), len(few.split.validation), few.train_rows) == (50, 90, 360)
    assert few.split.test.tolist() == many.split.test.tolist() != other.split.test.tolist()
    parts = [*few.split.test, *few.split.validation, *training_rows(few).index]
    assert sorted(parts) == list(range(500))


def test_no_group_stands_in_two_sets(tmp_path):
    frame = table(800)
    dataset = load_streamed(
        config(
            in_files(frame, tmp_path / "t", 100),
            data={"split": {"kind": "group", "column": "who", "test": 0.2, "validation": 0.25}},
        )
    )
    parts = [training_rows(dataset).index, dataset.split.validation, dataset.split.test]
    groups = [set(frame["who"].iloc[rows]) for rows in parts]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]
    assert [len(part) / 800 for part in parts] == pytest.approx([0.6, 0.2, 0.2], abs=0.08)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(1, 50), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_every_row_comes_once_in_every_epoch_whatever_the_files(tmp_path_factory, lengths, group, seed):
    folder, start = tmp_path_factory.mktemp("t"), 0
    for number, rows in enumerate(lengths):
        pd.DataFrame({"n": range(start, start + rows)}).to_parquet(folder / f"{number}.parquet", row_group_size=group)
        start += rows
    source = ParquetSource(path=str(folder))
    units = find_units(source)
    rng = np.random.default_rng(seed)
    from nnrecipes.data.units import interleave

    tables = list(interleave([units[i] for i in rng.permutation(len(units))], source, open_at_once=3))
    found = pd.concat([part.frame for part in tables])
    assert sorted(found["n"]) == list(range(start))
    assert (found["n"] == found.index).all()


def test_records_of_csv_are_found_again_behind_quoted_line_breaks(tmp_path, monkeypatch):
    monkeypatch.setattr("nnrecipes.data.units.CHUNK", 3)
    text = "a,b\n" + "".join(f'{i},"x\ny{i}"\n' + "\n" * (i % 2) for i in range(8))
    (tmp_path / "t.csv").write_text(text)
    source = CsvSource(path=str(tmp_path / "t.csv"))
    units = find_units(source)
    assert sum(unit.rows for unit in units) == 8
    assert len(units) > 2
    tables = [part for unit in reversed(units) for part in read_unit(unit, source)]
    joined = pd.concat([part.frame for part in tables]).sort_index()
    assert joined["a"].tolist() == [str(i) for i in range(8)]
    assert [text.splitlines()[int(part.place(0).split("line ")[1].rstrip(")")) - 1][0] for part in tables] == [
        part.frame["a"].iloc[0] for part in tables
    ]


@pytest.mark.parametrize("odd", ["+1", " 2 ", "3.", "NA", '"4"', "1e3", "-.5", ""], ids=repr)
@pytest.mark.parametrize("decimal", [".", ","])
def test_numbers_of_csv_are_read_as_in_memory_however_they_are_written(tmp_path, odd, decimal):
    rows = [f"{i}.25" for i in range(40)]
    rows[7] = odd
    text = "x;y\n" + "".join(f"{x};{i % 7}.5\n" for i, x in enumerate(rows)).replace(".", decimal)
    (tmp_path / "t.csv").write_text(text)
    source = {"kind": "csv", "path": str(tmp_path / "t.csv"), "delimiter": ";", "decimal": decimal}
    target = {"y": {"task": "regression"}}
    chosen = config(tmp_path, data={"source": source, "ignore": [], "columns": {"x": "numeric"}}, targets=target)
    streamed, whole = load_streamed(chosen), in_memory(chosen)
    pd.testing.assert_frame_equal(streamed.frame, whole.frame)


def test_a_word_among_the_numbers_of_a_csv_file_is_named_with_its_line(tmp_path):
    folder = in_files(table(60), tmp_path / "t", 30, "csv")
    lines = (folder / "001.csv").read_text().splitlines()
    lines[5] = "much" + lines[5][lines[5].index(",") :]
    (folder / "001.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"001.csv: column 'a': expected numbers. Received: 'much' in row 4 \(line 6\)"):
        load_streamed(config(folder))


def test_an_empty_parquet_file_is_passed_over(tmp_path):
    folder = in_files(table(60), tmp_path / "t", 30)
    table(0).astype(table(3).dtypes).to_parquet(folder / "empty.parquet")
    assert (
        load_streamed(config(folder)).train_rows
        == load_streamed(config(in_files(table(60), tmp_path / "u", 30))).train_rows
    )


def test_no_rows_at_all_are_refused(tmp_path):
    (tmp_path / "t").mkdir()
    table(3).iloc[:0].to_parquet(tmp_path / "t" / "a.parquet")
    with pytest.raises(DataError, match=r"t: expected at least one row\. Received: no rows\."):
        find_units(ParquetSource(path=str(tmp_path / "t")))


def test_a_file_with_other_columns_is_named(tmp_path):
    folder = in_files(table(60), tmp_path / "t", 30)
    table(5).rename(columns={"a": "other"}).to_parquet(folder / "z.parquet")
    with pytest.raises(DataError, match=r"z.parquet: expected the columns of 000.parquet: a, b, .* Received: other, b"):
        load_streamed(config(folder))


def test_a_value_of_another_kind_is_named_with_its_file_and_row(tmp_path):
    folder = in_files(table(60), tmp_path / "t", 30)
    strange = table(10).astype({"a": object})
    strange.loc[4, "a"] = "much"
    strange.assign(a=strange["a"].astype(str)).to_parquet(folder / "z.parquet")
    with pytest.raises(DataError, match=r"z.parquet: column 'a': expected numbers. Received: 'much' in row 4"):
        load_streamed(config(folder))


def test_missing_values_are_refused_by_row_or_dropped_as_in_memory(tmp_path):
    folder = in_files(table(100), tmp_path / "t", 30)
    first = int(np.flatnonzero(table(100)["gappy"].isna())[0])
    with pytest.raises(DataError, match=rf"000.parquet: .* column 'gappy': none in .* row {first}"):
        load_streamed(config(folder, preprocessing={}))
    numbers = {"numeric": {"missing": "drop"}}
    frame = table(100).assign(set=["train"] * 60 + ["val"] * 20 + ["test"] * 20)
    split = {"split": {"kind": "column", "column": "set"}}
    chosen = config(in_files(frame, tmp_path / "u", 30), preprocessing=numbers, data=split)
    streamed, whole = load_streamed(chosen), in_memory(chosen)
    assert streamed.split.test.tolist() == whole.split.test.tolist()
    assert training_rows(streamed).index.tolist() == whole.split.train.tolist()


def test_constant_columns_of_the_training_rows_are_left_out(tmp_path):
    frame = table(100).assign(flat=[1.0] * 90 + [2.0] * 10, none=np.nan)
    dataset = load_streamed(config(in_files(frame, tmp_path / "t", 30)))
    assert not {"flat", "none"} & set(dataset.schema.columns)
    assert any("'flat' is left out: constant in the training rows" in notice for notice in dataset.notices)


def test_classes_that_training_does_not_see_are_refused(tmp_path):
    frame = table(100)
    frame.loc[95:, "kind"] = "strange"
    chosen = config(
        in_files(frame, tmp_path / "t", 30), data={"ignore": ["who", "price"]}, targets={"kind": {"task": "multiclass"}}
    )
    with pytest.raises(DataError, match="'strange' only in test"):
        load_streamed(chosen)


def test_held_out_rows_and_the_sample_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(surveying, "SAMPLE_ROWS", 40)
    monkeypatch.setattr("nnrecipes.data.held_out.SHARE_ROWS", 25)
    dataset = load_streamed(config(in_files(table(600), tmp_path / "t", 50), data={"split": "random"}))
    assert [len(getattr(dataset.split, name)) for name in ("train", "validation", "test")] == [40, 25, 25]
    assert dataset.train_rows == 550
    assert len(dataset.frame) == 90
    assert any("data.split.test: 25 rows in place of a share of 0.1" in notice for notice in dataset.notices)
    monkeypatch.setattr(surveying, "HELD_OUT_ROWS", 30)
    with pytest.raises(DataError, match="expected at most 30 validation and test rows"):
        load_streamed(config(tmp_path / "t", data={"split": "random"}))


@given(st.lists(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), max_size=9), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_totals_of_blocks_are_those_of_the_column(blocks):
    total, column = Numbers(), np.array([value for block in blocks for value in block], dtype=float)
    for block in blocks:
        total.add(np.array(block, dtype=float))
    known = column[~np.isnan(column)]
    assert (total.count, total.gaps) == (len(known), len(column) - len(known))
    if len(known):
        assert (total.least, total.greatest) == (known.min(), known.max())
        assert total.mean == pytest.approx(known.mean(), rel=1e-12, abs=1e-9)
        assert total.known()["variance"] == pytest.approx(known.var(), rel=1e-9, abs=1e-6)


def test_hashes_of_rows_are_spread_evenly():
    first, second = (row_hashes(np.arange(100_000), seed) / 2.0**64 for seed in (0, 1))
    for drawn in (first, second):
        assert np.histogram(drawn, 10, (0, 1))[0] == pytest.approx(10_000, abs=400)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02 > abs(np.corrcoef(first[1:], first[:-1])[0, 1])


def test_a_table_streams_by_itself_where_it_is_larger_than_the_limit(tmp_path):
    folder = in_files(table(100), tmp_path / "t", 30)
    assert table_size(ParquetSource(path=str(folder))) == 100 * 9 * 8
    assert streams(config(folder, data={"stream": "auto"}, training={"memory_limit": 1e-6}))
    assert not streams(config(folder, data={"stream": "auto"}))
    assert not streams(config(folder, data={"stream": False}, training={"memory_limit": 1e-6}))


REFUSED = {
    "split": ({"data": {"split": "kfold"}}, "data.split.kind: expected one of random, order, time, column, group"),
    "encoding": ({"preprocessing": {"categorical": {"encode": "catboost"}}}, "preprocessing.categorical.encode"),
    "trainer": ({"training": {"trainer": "keras"}}, "training.trainer: expected auto or compiled where rows are streamed"),
    "folds": ({"training": {"ensemble": 2, "ensemble_of": "folds"}}, "training.ensemble_of: expected seeds"),
    "text": ({"inputs": {"t": {"kind": "text", "columns": ["town"]}}, "model": {"kind": "multimodal"}},
             "inputs.t.kind: expected tabular or categorical where rows are streamed"),
    "crossval": ({"evaluation": {"cross_validate": 3}}, "evaluation.cross_validate: expected 0 where rows are streamed"),
    "group": ({"data": {"split": {"kind": "group", "column": "who", "test": 3}}}, "data.split.test: expected a share"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_stream_is_refused_before_anything_is_read(tmp_path, name):
    sections, message = REFUSED[name]
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        config(in_files(table(20), tmp_path / "t", 30), **sections)


def test_what_a_thread_raises_reaches_the_one_who_waits():
    def items():
        yield 1
        raise DataError("a.parquet: broken")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(DataError, match="broken"):
        next(found)


def test_the_thread_stops_when_its_items_are_no_longer_wanted_and_serves_the_next_pass():
    import threading

    reached = []

    def items():
        for number in range(10**9):
            reached.append(number)
            yield number

    list(ahead(range(3)))
    before = threading.active_count()
    found = ahead(items(), 2)
    assert next(found) == 0
    found.close()
    assert len(reached) <= 4
    last = len(reached)
    assert list(ahead(range(5), 2)) == [0, 1, 2, 3, 4]
    assert len(reached) == last
    assert threading.active_count() == before
