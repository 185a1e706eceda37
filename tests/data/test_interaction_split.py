import numpy as np
import pytest

from nnrecipes.config.interactions import InteractionsConfig, LatestSplit, RatingsSplit, StrongSplit, WeakSplit
from nnrecipes.data.interaction_split import split_interactions
from nnrecipes.data.interactions import load_interactions
from nnrecipes.errors import DataError


@pytest.fixture(scope="module")
def log():
    rng = np.random.default_rng(5)
    rows = {"user": [], "item": [], "at": []}
    for user in range(60):
        for item in rng.permutation(40)[: rng.integers(2, 20)]:
            rows["user"].append(user)
            rows["item"].append(item)
            rows["at"].append(int(rng.integers(0, 500)))
    return load_interactions(InteractionsConfig.model_validate({"source": {"kind": "arrays"}, "time": "at"}), rows)


def parts(sets):
    return [sets.train, sets.validation.held_out, sets.test.held_out]


def test_strong_split_holds_out_whole_users_and_a_fifth_of_their_items(log):
    sets = split_interactions(StrongSplit(test=6, validation=5), log, seed=1)
    train, validation, test = (set(log.user[rows]) for rows in (sets.train, sets.validation.history, sets.test.history))
    assert (len(train), len(validation), len(test)) == (49, 5, 6)
    assert not (train & validation | train & test | validation & test)
    for found in (sets.validation, sets.test):
        for user in set(log.user[found.held_out]):
            own, kept = int((log.user == user).sum()), int((log.user[found.history] == user).sum())
            assert own - kept == max(1, int(own * 0.2 + 1e-9))


def test_splits_depend_on_the_seed_and_on_nothing_else(log):
    for split in (StrongSplit(), WeakSplit(), RatingsSplit()):
        one, again, other = (split_interactions(split, log, seed) for seed in (1, 1, 2))
        assert all(a.tolist() == b.tolist() for a, b in zip(parts(one), parts(again), strict=True))
        assert parts(one)[2].tolist() != parts(other)[2].tolist()


def test_weak_and_time_splits_give_the_model_only_what_came_before(log):
    for split in (WeakSplit(), LatestSplit()):
        sets = split_interactions(split, log, seed=3)
        rows = np.concatenate(parts(sets))
        assert len(np.unique(rows)) == len(rows)
        assert set(log.user[sets.test.held_out]) <= set(log.user[sets.test.history])
        assert not set(sets.test.history) & set(sets.test.held_out)


def test_time_split_cuts_no_moment_and_tests_the_newest(log):
    sets = split_interactions(LatestSplit(test=0.2, validation=0.1), log, seed=0)
    assert log.time[sets.train].max() < log.time[sets.validation.held_out].min()
    assert log.time[sets.validation.held_out].max() < log.time[sets.test.held_out].min()
    assert log.time[sets.test.history].max() < log.time[sets.test.held_out].min()


def test_ratings_split_has_exact_counts(log):
    sets = split_interactions(RatingsSplit(), log, seed=0)
    test = round(len(log) * 0.1)
    assert [len(rows) for rows in parts(sets)][1:] == [round((len(log) - test) * 0.1), test]
    assert sorted(np.concatenate(parts(sets))) == list(range(len(log)))


def test_an_empty_set_is_an_error(log):
    with pytest.raises(DataError, match="fewer than its 60 users in validation and test. Received: 60"):
        split_interactions(StrongSplit(test=50, validation=10), log, seed=0)
