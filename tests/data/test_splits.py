import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nnrecipes.config.data import Split
from nnrecipes.data.splits import split_rows
from nnrecipes.errors import DataError

SPLIT = TypeAdapter(Split)


def split(rows, *, frame=None, labels=None, seed=0, base=None, **options):
    frame = pd.DataFrame(index=range(rows)) if frame is None else frame
    base = frame.index.to_numpy() if base is None else np.asarray(base)
    if labels is not None:
        labels = pd.Series(labels, index=frame.index, dtype=object)
    return split_rows(SPLIT.validate_python(options), frame=frame, labels=labels, seed=seed, base_rows=base)


def sizes(found):
    return len(found.train), len(found.validation), len(found.test)


def part(share, total):
    return share if isinstance(share, int) else math.floor(share * total + 0.5)


SHARES = st.one_of(st.floats(0.05, 0.5), st.integers(1, 15))
KINDS = st.sampled_from(["random", "stratified", "time", "group", "kfold"])


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, rows=st.integers(40, 120), test=SHARES, validation=SHARES, seed=st.integers(0, 2**31 - 1))
def test_sets_are_disjoint_complete_exact_and_follow_the_seed(kind, rows, test, validation, seed):
    base = np.sort(np.random.default_rng(seed).choice(rows * 2, rows, replace=False))
    frame = pd.DataFrame({"t": np.random.default_rng(seed + 1).integers(0, 9, rows * 2), "g": np.arange(rows * 2)})
    options = {"kind": kind, "test": test}
    if kind == "kfold":
        options |= {"folds": 5, "fold": seed % 5}
    else:
        options |= {"validation": validation}
    if kind in ("time", "group"):
        options["column"] = "t" if kind == "time" else "g"
    labels = ["ab"[i % 2] for i in range(rows * 2)] if kind == "stratified" else None
    try:
        found, again = (split(0, frame=frame, base=base, labels=labels, seed=seed, **options) for _ in range(2))
    except DataError:
        assert kind == "stratified"
        return
    together = np.concatenate([found.train, found.validation, found.test])
    assert np.array_equal(np.sort(together), base)
    assert len(found.test) == part(test, rows)
    rest = rows - len(found.test)
    if kind == "kfold":
        assert len(found.validation) in (rest // 5, rest // 5 + 1)
    else:
        assert len(found.validation) == part(validation, rest)
    for name in ("train", "validation", "test"):
        rows_of_set = getattr(found, name)
        assert rows_of_set.dtype == np.int64
        assert np.array_equal(rows_of_set, np.sort(rows_of_set))
        assert np.array_equal(rows_of_set, getattr(again, name))


def test_another_seed_gives_other_rows():
    assert not np.array_equal(split(100, kind="random").test, split(100, kind="random", seed=1).test)


def test_the_default_is_a_tenth_and_a_tenth_of_the_rest():
    assert sizes(split(1000, kind="random")) == (810, 90, 100)


def test_counts_are_taken_as_they_are():
    assert sizes(split(100, kind="random", test=7, validation=13)) == (80, 13, 7)


def test_stratified_sets_keep_the_shares_of_the_classes():
    labels = np.repeat(["a", "b", "c"], [120, 60, 20])
    found = split(200, kind="stratified", labels=labels, test=0.1, validation=20)
    assert [list(labels[found.test]).count(c) for c in "abc"] == [12, 6, 2]
    assert [list(labels[found.validation]).count(c) for c in "abc"] == [12, 6, 2]


def test_a_class_too_small_to_stratify_is_named():
    with pytest.raises(DataError, match="1 rows of 'rare'"):
        split(50, kind="stratified", labels=["rare", *["a"] * 49])


def test_stratifying_needs_classes():
    with pytest.raises(DataError, match="expected a classification target"):
        split(50, kind="stratified")


def test_no_group_stands_in_two_sets_and_counts_are_of_groups():
    groups = np.random.default_rng(0).integers(0, 20, 400).astype(str)
    found = split(0, frame=pd.DataFrame({"g": groups}), kind="group", column="g", test=4, validation=0.25)
    train, validation, test = (set(groups[rows]) for rows in (found.train, found.validation, found.test))
    assert (len(train), len(validation), len(test)) == (12, 4, 4)
    assert not train & validation | train & test | validation & test


def test_oldest_rows_train_and_newest_test():
    days = pd.date_range("2024-01-01", periods=50).strftime("%Y-%m-%d").to_numpy()
    order = np.random.default_rng(1).permutation(50)
    frame = pd.DataFrame({"day": pd.Series(days[order], dtype=object)})
    found = split(0, frame=frame, kind="time", column="day", test=10, validation=5)
    assert set(frame["day"][found.test]) == set(days[40:])
    assert set(frame["day"][found.validation]) == set(days[35:40])


def test_times_may_be_numbers_written_as_text():
    frame = pd.DataFrame({"t": [str(i) for i in range(8, 12)]}, dtype=object)
    found = split(0, frame=frame, kind="time", column="t", test=1, validation=1)
    assert (found.test.tolist(), found.validation.tolist()) == ([3], [2])


def test_missing_times_and_groups_are_named():
    frame = pd.DataFrame({"t": ["1", None, "3", "4"]}, dtype=object)
    for kind in ("time", "group"):
        with pytest.raises(DataError, match=r"column 't': expected a value in every row. Received: none in row 1"):
            split(0, frame=frame, kind=kind, column="t", test=1, validation=1)


def test_times_that_are_neither_dates_nor_numbers_are_refused():
    frame = pd.DataFrame({"t": ["1.2.2024", "x", "3", "4"]}, dtype=object)
    with pytest.raises(DataError, match="expected ISO dates or numbers"):
        split(0, frame=frame, kind="time", column="t", test=1, validation=1)


def test_folds_cover_the_rest_once_and_share_one_test_set():
    found = [split(103, kind="kfold", folds=4, fold=fold, test=13) for fold in range(4)]
    assert all(np.array_equal(found[0].test, other.test) for other in found)
    validated = np.concatenate([one.validation for one in found])
    assert len(validated) == len(set(validated)) == 90
    assert not set(validated) & set(found[0].test)


def test_stratified_folds_keep_the_shares():
    labels = np.repeat(["a", "b"], [75, 25])
    found = split(100, kind="kfold", folds=5, fold=2, test=20, stratify=True, labels=labels)
    assert [list(labels[found.validation]).count(c) for c in "ab"] == [12, 4]


def test_more_folds_than_rows_of_a_class_are_refused():
    with pytest.raises(DataError, match="expected at most 3"):
        split(40, kind="kfold", folds=5, test=10, stratify=True, labels=["a"] * 36 + ["b"] * 4)


def test_a_fold_that_is_not_there_is_refused():
    with pytest.raises(DataError, match=r"data.split.fold: expected 0 to 4. Received: 5"):
        split(40, kind="kfold", fold=5)


@pytest.mark.parametrize(
    ("options", "words"), [({"test": 10}, "data.split.test"), ({"validation": 0.001}, "validation")]
)
def test_empty_sets_are_refused(options, words):
    with pytest.raises(DataError, match=words):
        split(10, kind="random", **options)


def test_a_column_names_the_sets():
    frame = pd.DataFrame({"set": ["train", "val", "test", "drop", "train"]}, dtype=object)
    found = split(0, frame=frame, kind="column", column="set")
    assert [part.tolist() for part in (found.train, found.validation, found.test)] == [[0, 4], [1], [2]]


def test_a_column_may_use_its_own_words():
    frame = pd.DataFrame({"year": [2015, 2016, 2017]})
    found = split(0, frame=frame, kind="column", column="year", train="2015", validation="2016", test="2017")
    assert (found.train.tolist(), found.test.tolist()) == ([0], [2])


def test_unknown_sets_in_a_column_are_named():
    frame = pd.DataFrame({"set": ["train", "vall", None, "test"]}, dtype=object)
    with pytest.raises(DataError, match=r"Received: 'vall' in row 1, None in row 2\. Did you mean val\?"):
        split(0, frame=frame, kind="column", column="set")


def test_a_set_without_rows_is_refused():
    frame = pd.DataFrame({"set": ["train", "test", "test"]}, dtype=object)
    with pytest.raises(DataError, match="none in validation"):
        split(0, frame=frame, kind="column", column="set")


def from_file(path, frame, **options):
    return split(0, frame=frame, kind="file", path=str(path), **options)


def test_a_file_names_the_sets_by_row_id_in_any_order(write):
    path = write("row_id,set\n3,drop\n0,train\n2,test\n1,val\n4,validation\n")
    found = from_file(path, pd.DataFrame(index=range(5)))
    assert [part.tolist() for part in (found.train, found.validation, found.test)] == [[0], [1, 4], [2]]


def test_rows_that_were_dropped_before_keep_their_ids(write):
    path = write("row_id,set\n0,train\n1,train\n2,test\n3,val\n")
    found = from_file(path, pd.DataFrame(index=range(4)), base=[1, 2, 3])
    assert [part.tolist() for part in (found.train, found.validation, found.test)] == [[1], [3], [2]]


def test_a_file_names_the_sets_by_a_column(write):
    path = write("subject,set\n1,train\n2,val\n3,test\n9,test\n")
    found = from_file(path, pd.DataFrame({"subject": [3, 1, 2, 1]}))
    assert [part.tolist() for part in (found.train, found.validation, found.test)] == [[1, 3], [2], [0]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("row_id,set\n0,train\n1,tset\n2,val\n", "Received: 'tset' in row 1 (line 3). Did you mean test?"),
        ("row_id,set\n0,train\n1,test\n", "none for '2'"),
        ("row_id,set\n0,train\n1,test\n2,val\n1,val\n", "Received again: '1' in row 3 (line 5)"),
        ("row_id,set\n0,train\n1,test\n2,val\n7,val\n", "0 to 2. Received: '7'"),
        ("row,set\n0,train\n1,test\n2,val\n", "expected row_id or a column of the table"),
        ("row_id,split\n0,train\n", "expected two columns"),
    ],
)
def test_split_files_that_do_not_fit_are_refused(write, content, words):
    with pytest.raises(DataError) as error:
        from_file(write(content, "split.csv"), pd.DataFrame(index=range(3)))
    assert words in str(error.value)
    assert str(error.value).startswith("split.csv: ")
