import numpy as np
import pandas as pd
import pytest

from nnrecipes.config.interactions import InteractionsConfig, ItemsConfig
from nnrecipes.data.interactions import load_interactions
from nnrecipes.data.item_titles import load_titles
from nnrecipes.errors import DataError

ROWS = pd.DataFrame(
    {"user": ["b", "a", "b", "a", "c"], "item": [10, 9, 9, 10, 2], "stars": [5, 3, 4, 4, 1], "at": [3.0, 1, 2, 9, 4]}
)


def section(**changes: object) -> InteractionsConfig:
    values = {"source": {"kind": "arrays"}, "rating": "stars", "time": "at", **changes}
    return InteractionsConfig.model_validate(values)


def pairs(log) -> list[tuple[str, str]]:
    return list(zip(log.users[log.user].tolist(), log.items[log.item].tolist(), strict=True))


def test_rows_in_any_order_give_the_same_interactions():
    first = load_interactions(section(), ROWS)
    other = load_interactions(section(), ROWS.sample(frac=1, random_state=3))
    for name in ("users", "items", "user", "item", "rating", "time"):
        assert getattr(first, name).tolist() == getattr(other, name).tolist()
    assert first.items.tolist() == ["2", "9", "10"]  # by number
    assert pairs(first) == [("a", "9"), ("a", "10"), ("b", "9"), ("b", "10"), ("c", "2")]


def test_of_a_pair_that_comes_twice_the_latest_row_counts():
    rows = pd.concat([ROWS, pd.DataFrame({"user": ["a", "a"], "item": [9, 9], "stars": [1, 2], "at": [5.0, 0.5]})])
    log = load_interactions(section(), rows)
    assert log.rating[0] == 1.0
    assert "2 of 7 rows left out: the same user and item again." in log.notices


def test_without_time_the_best_rating_of_a_pair_counts():
    rows = {"user": [1, 1, 1], "item": [7, 7, 7], "stars": [2, 5, 3]}
    assert load_interactions(section(time=None), rows).rating.tolist() == [5.0]


def test_filters_leave_out_low_ratings_then_rare_items_then_small_histories():
    log = load_interactions(section(min_rating=3, min_item_users=2, min_user_items=2), ROWS)
    assert pairs(log) == [("a", "9"), ("a", "10"), ("b", "9"), ("b", "10")]
    assert log.notices == ("1 of 5 rows left out: rated below 3.0.",)
    small = load_interactions(section(min_user_items=2), ROWS)
    assert small.notices == ("1 users with fewer than 2 items left out (1 rows).",)


def test_filters_that_leave_nothing_are_an_error():
    with pytest.raises(DataError, match="expected an interaction that the filters leave. Received: none"):
        load_interactions(section(min_rating=6), ROWS)


def test_csv_parquet_and_arrays_give_the_same(tmp_path):
    ROWS.to_csv(tmp_path / "a.csv", index=False)
    ROWS.to_parquet(tmp_path / "a.parquet")
    ROWS.to_csv(tmp_path / "a.dat", sep="|", index=False, header=False)
    (tmp_path / "b.dat").write_text((tmp_path / "a.dat").read_text().replace("|", "::"))
    names = list(ROWS)
    sources = [
        {"kind": "csv", "path": str(tmp_path / "a.csv")},
        {"kind": "parquet", "path": str(tmp_path / "a.parquet")},
        {"kind": "csv", "path": str(tmp_path / "a.dat"), "delimiter": "|", "names": names},
        {"kind": "csv", "path": str(tmp_path / "b.dat"), "delimiter": "::", "names": names},
    ]
    wanted = load_interactions(section(), ROWS)
    for source in sources:
        config = InteractionsConfig.model_validate_json(
            pd.Series({"source": source, "rating": "stars", "time": "at"}).to_json()
        )
        log = load_interactions(config)
        assert pairs(log) == pairs(wanted)
        assert log.rating.tolist() == wanted.rating.tolist()


def test_ids_of_any_type_are_text_and_whole_floats_lose_their_point():
    log = load_interactions(section(rating=None, time=None), {"user": [1.0, 2.0, 1.0], "item": ["é", " b", "b"]})
    assert log.users.tolist() == ["1", "2"]
    assert log.items.tolist() == ["b", "é"]


def test_dates_order_like_seconds():
    days = pd.to_datetime(["2024-01-02", "2024-01-01"])
    log = load_interactions(section(rating=None), {"user": [1, 1], "item": [1, 2], "at": days})
    assert log.time[0] - log.time[1] == 86_400


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"user": ["a", None], "item": [1, 2], "stars": [1, 2], "at": [0, 1]}, r"'user'.*none in row 1"),
        ({"user": ["a", "b"], "item": [1, 2], "stars": ["5", "x"], "at": [0, 1]}, r"'stars': expected numbers.*'x'"),
        ({"user": ["a", "b"], "item": [1, 2], "stars": [5, np.inf], "at": [0, 1]}, r"'stars'.*finite"),
        ({"user": ["a"], "itm": [1], "stars": [5], "at": [0]}, r"the column 'item'.*Did you mean itm\?"),
        ({"user": [], "item": [], "stars": [], "at": []}, "at least one row"),
        ([1, 2], "a DataFrame or a mapping"),
    ],
)
def test_bad_rows_are_named(rows, words):
    with pytest.raises(DataError, match=words):
        load_interactions(section(), rows)


def test_a_missing_file_and_a_short_row_are_named(tmp_path):
    (tmp_path / "a.csv").write_text("user,item\n1,2\n3\n")
    config = InteractionsConfig.model_validate({"source": {"kind": "csv", "path": str(tmp_path / "a.csv")}})
    with pytest.raises(DataError, match=r"a\.csv: expected rows of user, item\. Received: .*Expected 2 columns"):
        load_interactions(config)
    gone = InteractionsConfig.model_validate({"source": {"kind": "csv", "path": str(tmp_path / "b.csv")}})
    with pytest.raises(DataError, match="expected a file. Received: nothing there"):
        load_interactions(gone)


def test_titles_of_a_table_of_items(tmp_path):
    (tmp_path / "items.csv").write_text('item,title\n1,"One, two"\n2,Two\n')
    source = {"kind": "csv", "path": str(tmp_path / "items.csv")}
    assert load_titles(ItemsConfig.model_validate({"source": source})) == {"1": "One, two", "2": "Two"}
