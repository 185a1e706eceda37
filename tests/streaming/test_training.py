"""Training on blocks against the compiled trainer and Model.fit on the same rows in memory."""

import io

import keras
import numpy as np
import pytest
from cases import CASES, Case
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_tables import config, in_files, table

from nnrecipes.data.spec import Arrays
from nnrecipes.errors import ConfigError
from nnrecipes.models.build import build_model
from nnrecipes.preprocessing.blocks import block_size, joined, some
from nnrecipes.training.choose import choose
from nnrecipes.training.compile import compile_model
from nnrecipes.training.compiled import fit_compiled
from nnrecipes.training.fit import fit_keras
from nnrecipes.training.progress import Progress
from nnrecipes.training.randomness import block_order

ADAM = {"kind": "adam", "learning_rate": 0.01, "epsilon": 1e-4}
TRAINED = ("sequential-batch-norm", "multi_output")
cases = pytest.mark.parametrize("case", [case for case in CASES if case.name in TRAINED], ids=lambda case: case.name)


class FromMemory:
    """Blocks of arrays; an epoch's order is that of the rows."""

    def __init__(self, arrays: Arrays, rows: int) -> None:
        self.arrays, self.rows, self.few = arrays, rows, some(arrays, slice(0, 1))

    def __len__(self) -> int:
        return len(self.arrays)

    def epoch(self, seed, epoch, batch_size, *, shuffle=True):
        size = block_size(self.rows, batch_size)
        for start in range(0, len(self), size):
            yield some(self.arrays, slice(start, min(start + size, len(self))))


def compiled(case: Case) -> keras.Model:
    return compile_model(build_model(case.config, case.spec, seed=1), optimizer=ADAM, **case.compile_keywords())


def trained(trainer, case, rows, validation=None, **options):
    model = compiled(case)
    history = trainer(model, rows, validation, **{"epochs": 3, "batch_size": 16, "seed": 3, **options})
    return history, model.get_weights()


def agree(first, second, tolerance):
    assert list(first[0]) == list(second[0])
    for name, values in first[0].items():
        np.testing.assert_allclose(values, second[0][name], rtol=tolerance, atol=tolerance, err_msg=name)
    for value, expected in zip(first[1], second[1], strict=True):
        np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)


@cases
def test_one_block_of_all_rows_is_training_in_memory_bit_for_bit(case):
    rows, held = case.arrays(50), case.arrays(21, 1)
    found = trained(fit_compiled, case, FromMemory(rows, 1000), held, shuffle=False, xla=False)
    agree(found, trained(fit_compiled, case, rows, held, shuffle=False, xla=False), 0)
    agree(found, trained(fit_keras, case, rows, held, shuffle=False), 1e-5)


@pytest.mark.parametrize(
    ("block", "xla"),
    [
        (16, False),
        (49, False),
        (33, True),
        pytest.param(48, True, marks=pytest.mark.slow),
        pytest.param(16, True, marks=pytest.mark.slow),
    ],
)
def test_blocks_that_do_not_divide_train_as_fit_on_the_same_order(block, xla):
    case = next(case for case in CASES if case.name == "sequential")
    rows, held = case.arrays(83), case.arrays(21, 1)
    found = trained(fit_compiled, case, FromMemory(rows, block), held, shuffle=False, xla=xla)
    agree(found, trained(fit_keras, case, rows, held, shuffle=False), 1e-5)


def test_rows_of_a_block_are_shuffled_by_seed_epoch_and_block():
    case = next(case for case in CASES if case.name == "sequential")
    rows = case.arrays(80)
    found = trained(fit_compiled, case, FromMemory(rows, 32), xla=False)
    model, losses = compiled(case), []
    for epoch in range(3):
        parts = FromMemory(rows, 32).epoch(3, epoch, 16)
        orders = [np.arange(len(part))[block_order(len(part), 3, epoch, place)] for place, part in enumerate(parts)]
        starts = np.cumsum([0, *map(len, orders)])
        places = np.concatenate([order + start for order, start in zip(orders, starts, strict=False)])
        assert sorted(places) == list(range(80))
        taken = Arrays({k: v[places] for k, v in rows.x.items()}, {k: v[places] for k, v in rows.y.items()}, places)
        losses += fit_keras(model, taken, epochs=epoch + 1, initial_epoch=epoch, batch_size=16, seed=3, shuffle=False)[
            "loss"
        ]
    agree(
        (found[0], found[1]),
        ({"loss": losses, **{k: v for k, v in found[0].items() if k != "loss"}}, model.get_weights()),
        1e-5,
    )


@given(rows=st.integers(41, 130), files=st.integers(5, 60), group=st.integers(3, 50), block=st.integers(1, 90),
       batch=st.integers(1, 20), epoch=st.integers(0, 3))  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_an_epoch_has_each_training_row_once_in_whole_batches(
    tmp_path_factory, rows, files, group, block, batch, epoch
):
    from stream_tables import recipe

    from nnrecipes.config.consistency import fill
    from nnrecipes.preprocessing.build import fit_preprocessor
    from nnrecipes.recipe import check, check_data

    folder = in_files(table(rows), tmp_path_factory.mktemp("s") / "t", files, group=group)
    loaded = check(recipe(folder, data={"block_rows": block}))
    dataset = check_data(loaded)
    prepared = fit_preprocessor(fill(loaded.config, dataset.tasks), dataset)
    parts = list(prepared.blocks.epoch(5, epoch, batch))
    again = joined(list(prepared.blocks.epoch(5, epoch, batch)))
    assert {len(part) for part in parts[:-1]} <= {block_size(block, batch)}
    assert len(parts[-1]) <= block_size(block, batch)
    whole = joined(parts)
    assert sorted(whole.rows) == dataset.split.train.tolist()
    assert whole.rows.tolist() == again.rows.tolist()
    order = np.argsort(whole.rows)
    np.testing.assert_array_equal(whole.x["features"][order], prepared.train.x["features"])
    np.testing.assert_array_equal(whole.y["price"][order], prepared.train.y["price"])


def test_files_and_row_groups_come_in_another_order_in_each_epoch(tmp_path):
    from nnrecipes.data.load_stream import load_streamed

    reader = load_streamed(config(in_files(table(300), tmp_path / "t", 60, group=20))).stream.reader
    orders = [np.concatenate([part.index for part in reader.shuffled(0, epoch)]).tolist() for epoch in (0, 1, 0)]
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_a_callback_at_batches_is_refused_where_rows_are_streamed():
    case = next(case for case in CASES if case.name == "sequential")
    blocks = FromMemory(case.arrays(30), 16)
    with pytest.raises(ConfigError, match="rows are streamed. Received: TerminateOnNaN acts at batches"):
        choose(compiled(case), [blocks], epochs=1, batch_size=8, callbacks=[keras.callbacks.TerminateOnNaN()])


def test_a_file_that_changed_during_the_training_is_named(tmp_path):
    from nnrecipes.data.load_stream import load_streamed
    from nnrecipes.errors import DataError

    folder = in_files(table(120), tmp_path / "t", 40)
    dataset = load_streamed(config(folder))
    table(33).to_parquet(folder / "001.parquet")
    with pytest.raises(DataError, match=r"001.parquet: expected 40 rows from row 0, as there were .* Received: 33"):
        list(dataset.stream.reader.training_rows())


class Screen(io.StringIO):
    """A terminal, or a log."""

    def __init__(self, *, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.mark.parametrize(("terminal", "shown"), [(True, "\r\x1b[Kepoch 0/1 40% "), (False, "epoch 1/1  40%\n")])
def test_a_bar_or_a_log_moves_within_an_epoch(monkeypatch, terminal, shown):
    monkeypatch.setattr("nnrecipes.training.progress.REFRESH", 0.0)
    monkeypatch.setattr("nnrecipes.training.progress.SILENCE", 0.0)
    case, screen = next(case for case in CASES if case.name == "sequential"), Screen(terminal=terminal)
    bar = Progress(1, stream=screen)
    trained(fit_compiled, case, FromMemory(case.arrays(80), 32), epochs=1, xla=False, callbacks=[bar])
    assert shown in screen.getvalue()
