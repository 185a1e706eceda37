"""Every row of an epoch belongs to one replica in one step, and all replicas count the same steps."""

import numpy as np
import pytest
from cases import CASES
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_tables import in_files, recipe, table

from nnrecipes.config.consistency import fill
from nnrecipes.data.survey import put_together, read_part
from nnrecipes.distributed.parts import parts_of_one, parts_of_own, shares
from nnrecipes.distributed.rows import MemoryRows, StreamedRows
from nnrecipes.preprocessing.build import fit_preprocessor
from nnrecipes.recipe import check, check_data
from nnrecipes.training.randomness import row_order


@given(rows=st.integers(0, 500), replicas=st.integers(1, 9))
def test_shares_are_all_rows_and_differ_by_one_at_most(rows, replicas):
    found = shares(rows, replicas)
    assert found.sum() == rows
    assert found.max() - found.min() <= 1


@given(rows=st.lists(st.integers(0, 60), min_size=1, max_size=5), batch=st.integers(5, 20))
def test_lists_of_any_length_end_with_the_longest(rows, batch):
    found = parts_of_own(np.array(rows), batch)
    assert found.sum(axis=0).tolist() == rows
    assert (found >= 0).all()
    if any(rows):
        assert found[-1].any()
    for column, count in zip(found.T, rows, strict=True):
        there = np.flatnonzero(column)
        assert len(there) == (there[-1] + 1 if count else 0)  # no gap before the end


def test_twenty_against_thirteen_batches():
    found = parts_of_own(np.array([160, 101]), 16)
    assert len(found) == 20
    assert found[12].tolist() == [8, 5]
    assert (found[13:] == [8, 0]).all()


@given(rows=st.integers(1, 80), batch=st.integers(1, 30), replicas=st.integers(1, 4), epoch=st.integers(0, 2))
@settings(max_examples=30)
def test_rows_in_memory_make_the_batches_of_one_process(rows, batch, replicas, epoch):
    case = next(case for case in CASES if case.name == "sequential")
    spread = MemoryRows(case.arrays(rows), replicas)
    feeds = [list(spread.epoch(r, 7, epoch, batch, shuffle=True, first=0)) for r in range(replicas)]
    order = row_order(rows, 7, epoch)
    for step, sizes in enumerate(parts_of_one(rows, batch, replicas)):
        assert [len(feed[step]) for feed in feeds] == sizes.tolist()
        taken = np.concatenate([feed[step].rows for feed in feeds])
        assert taken.tolist() == order[step * batch : (step + 1) * batch].tolist()


@pytest.fixture(scope="module")
def streamed(tmp_path_factory):
    folder = in_files(table(700), tmp_path_factory.mktemp("s") / "t", 120, group=50)
    loaded = check(recipe(folder, data={"block_rows": 64, "split": "random"}))
    dataset = check_data(loaded)
    return dataset, fit_preprocessor(fill(loaded.config, dataset.tasks), dataset)


@pytest.mark.parametrize("replicas", [1, 2, 3, 20])
def test_lists_of_row_groups_are_disjoint_and_complete(streamed, replicas):
    dataset, prepared = streamed
    rows = StreamedRows(prepared.blocks, dataset.stream.unit_rows, replicas)
    units = [[(unit.file, unit.part) for unit in rows.own(r).stream.reader.units] for r in range(replicas)]
    whole = [(unit.file, unit.part) for unit in dataset.stream.reader.units]
    assert sorted(unit for own in units for unit in own) == sorted(whole)
    feeds = [list(rows.epoch(r, 0, 1, 24, shuffle=True, first=0)) for r in range(replicas)]
    taken = np.concatenate([part.rows for feed in feeds for part in feed])
    assert len(set(taken)) == len(rows)
    assert not set(taken) & {*dataset.split.validation, *dataset.split.test}
    expected = rows.parts(24)
    for replica, feed in enumerate(feeds):
        sizes = expected[:, replica]
        assert [len(part) for part in feed] == sizes[sizes > 0].tolist()


def test_a_replica_goes_on_in_the_middle_of_an_epoch(streamed):
    dataset, prepared = streamed
    case = next(case for case in CASES if case.name == "sequential")
    for rows in (StreamedRows(prepared.blocks, dataset.stream.unit_rows, 2), MemoryRows(case.arrays(90), 2)):
        whole = list(rows.epoch(1, 0, 2, 10, shuffle=True, first=0))
        rest = list(rows.epoch(1, 0, 2, 10, shuffle=True, first=4))
        assert [part.rows.tolist() for part in rest] == [part.rows.tolist() for part in whole[4:]]


@pytest.mark.parametrize("workers", [2, 3, 20])
@pytest.mark.parametrize("split", ["random", {"kind": "group", "column": "who"}], ids=["random", "group"])
def test_statistics_of_several_passes_are_those_of_one_bit_for_bit(tmp_path, workers, split):
    folder = in_files(table(700), tmp_path / "t", 120, group=50)
    loaded = check(recipe(folder, data={"split": split}))

    def spread(reader, seed, say):
        return [read_part(reader, range(rank, len(reader.units), workers), seed) for rank in range(workers)]

    from nnrecipes.data.load_stream import load_streamed

    one, several = load_streamed(loaded.config), load_streamed(loaded.config, read=spread)
    assert one.stream.totals == several.stream.totals
    assert one.stream.unit_rows.tolist() == several.stream.unit_rows.tolist()
    assert one.frame.equals(several.frame)
    assert one.stream.unit_rows.sum() == one.stream.rows
    config = fill(loaded.config, one.tasks)
    first, second = (fit_preprocessor(config, dataset).preprocessor for dataset in (one, several))
    first.save(tmp_path / "one")
    second.save(tmp_path / "several")
    for file in sorted((tmp_path / "one").rglob("*.json")):
        assert file.read_text() == (tmp_path / "several" / file.relative_to(tmp_path / "one")).read_text()


def test_parts_that_leave_no_validation_rows_are_refused(tmp_path):
    from nnrecipes.errors import DataError

    loaded = check(recipe(in_files(table(60), tmp_path / "t", 30)))
    dataset = check_data(loaded)
    part = read_part(dataset.stream.reader, range(2), 0)
    part.held[1].clear()
    with pytest.raises(DataError, match="expected rows in every set. Received: none in validation"):
        put_together([part], dataset.stream.reader)
