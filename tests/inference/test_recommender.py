"""A recommender's recipe through train, run folder, lists, files and the command line."""

import json
import os

import numpy as np
import pandas as pd
import pytest

import nnrecipes as nn
from nnrecipes.cli.main import main
from nnrecipes.data.synthetic_interactions import GENRES, readings
from nnrecipes.errors import ConfigError, DataError, RunError
from nnrecipes.training.top_items import Ranker

FAST = {"training.epochs": 12, "training.callbacks.progress": False, "evaluation.plots": False,
        "evaluation.bootstrap": 100, "training.callbacks.early_stopping": None}  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(runs):
    return nn.train("recommender_synthetic", {**FAST, "model.weight": 0.4}, runs_dir=runs)


@pytest.fixture(scope="module")
def ease(runs):
    return nn.train("recommender_synthetic", {**FAST, "model": {"kind": "ease", "l2": 50.0}}, runs_dir=runs)


def test_it_beats_popularity_and_nears_the_best_possible_ranking(run):
    scored = run.metrics["ranking"]
    ours, popular = scored["metrics"]["ndcg@100"]["value"], scored["baselines"]["popularity"]["ndcg@100"]
    drawn = readings(seed=11)
    lists = pd.read_csv(run.folder.predictions)
    best = []
    for user, own in lists.groupby("user"):
        truth = drawn.truth(np.array([int(user[1:]) - 1]))[0]
        seen = set(drawn.item[drawn.user == int(user[1:]) - 1]) - {
            int(i[1:]) - 1 for i in own["item"][own["found"] == 1]
        }
        order = [i for i in np.argsort(-truth) if i not in seen][:100]
        found = {int(i[1:]) - 1 for i in own["item"][own["found"] == 1]}
        gains = [1 / np.log2(r + 2) for r, i in enumerate(order) if i in found]
        best.append(sum(gains) / sum(1 / np.log2(r + 2) for r in range(len(found))) if found else 0)
    assert popular < 0.7 * ours
    assert ours > 0.8 * np.mean(best)


def test_a_blend_is_scored_beside_its_network_which_is_no_rival(run):
    scored = run.metrics["ranking"]
    network = run.model.get_layer("mult_dae")
    split, rows = np.load(run.path / "split.npz"), pd.read_csv(run.config.data.interactions.source.path)
    found = []
    for user, given in rows.iloc[split["test_history"]].groupby("reader"):
        codes = run.vocabulary.codes(given["book"].tolist())
        x = np.zeros((1, len(run.vocabulary.items)), np.float32)
        x[0, codes[codes >= 0]] = 1
        scores = network(x).numpy()[0]
        scores[x[0] > 0] = -np.inf
        hidden = rows.iloc[split["test"]]
        wanted = set(hidden["book"][hidden["reader"] == user])
        top = [run.vocabulary.items[code] in wanted for code in np.argsort(-scores, kind="stable")[:100]]
        gains = 1 / np.log2(np.arange(100) + 2)
        found.append(gains[np.flatnonzero(top)].sum() / gains[: min(len(wanted), 100)].sum())
    assert scored["baselines"]["network"]["ndcg@100"] == pytest.approx(np.mean(found), abs=1e-9)
    assert scored["against"]["rival"] != "network"


def test_no_seen_item_no_duplicate_strict_order(run):
    for frame in run.recommend_all(k=30):
        for user, own in list(frame.groupby("user"))[:50]:
            history = run.vocabulary.histories[run.vocabulary.codes([user], "users")[0]]
            assert not set(own["item"]) & set(run.vocabulary.items[history.indices])
            assert own["item"].is_unique
            assert (own["score"].diff().dropna() <= 0).all()
            assert own["rank"].tolist() == list(range(1, 31))


@pytest.mark.parametrize("which", ["run", "ease"])
def test_a_new_user_with_the_history_of_a_trained_one_gets_the_same_list(which, request):
    run = request.getfixturevalue(which)
    user = run.vocabulary.users[5]
    history = run.vocabulary.items[run.vocabulary.histories[5].indices].tolist()
    known, new = run.recommend(user, k=12), run.recommend(history=history[::-1], k=12)
    pd.testing.assert_frame_equal(known, new)
    everybody = pd.concat(run.recommend_all(k=12))
    assert everybody[everybody["user"] == user]["item"].tolist() == known["item"].tolist()


def test_a_loaded_run_gives_the_same_lists(run, runs):
    loaded = nn.load_run(run.path)
    assert type(loaded) is nn.RecommenderRun
    assert loaded.damage() == {}
    fresh = nn.RecommenderRun(run.folder)
    for user in run.vocabulary.users[:3]:
        pd.testing.assert_frame_equal(fresh.recommend(user), run.recommend(user))


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    drawn = readings(users=80, items=40, seed=2)
    frame = pd.DataFrame({"user": drawn.user, "item": drawn.item})
    recipe = {"data": {"interactions": {"source": {"kind": "arrays"}}, "split": {"kind": "strong"}},
              "model": {"kind": "mult_dae", "hidden_units": [8]}}  # fmt: skip
    both = [
        nn.train(recipe, {**FAST, "training.epochs": 1}, data=rows, runs_dir=tmp_path)
        for rows in (frame, frame.sample(frac=1, random_state=1))
    ]
    for a, b in zip(both[0].model.get_weights(), both[1].model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert both[0].metrics == both[1].metrics


def test_allow_deny_and_seen_items(run):
    user = run.vocabulary.users[0]
    plain = run.recommend(user, k=6)["item"].tolist()
    assert run.recommend(user, k=4, deny=plain[:2])["item"].tolist() == plain[2:6]
    assert run.recommend(user, k=4, allow=plain[1:3])["item"].tolist() == plain[1:3]
    seen = set(run.vocabulary.items[run.vocabulary.histories[0].indices])
    assert seen & set(run.recommend(user, k=30, exclude_seen=False)["item"])


def test_lists_of_many_users_are_written_in_blocks_with_the_items_that_may_stand_in_them(run, tmp_path, capsys):
    users, deny = run.vocabulary.users[:30].tolist(), run.recommend(run.vocabulary.users[0], k=2)["item"].tolist()
    count = run.save_lists(tmp_path / "lists.parquet", users, k=4, deny=deny, block=7)
    table = pd.read_parquet(tmp_path / "lists.parquet")
    assert count == len(table) == 120
    assert not set(deny) & set(table["item"])
    own = run.recommend(users[9], k=4, deny=deny)
    assert table[table["user"] == users[9]]["item"].tolist() == own["item"].tolist()
    out = tmp_path / "lists.csv"
    assert main(["recommend", str(run.path), "--all", "-k", "4", "--deny", ",".join(deny), "--out", str(out)]) == 0
    capsys.readouterr()
    written = pd.read_csv(out, dtype=str)
    assert written[written["user"] == users[9]]["item"].tolist() == own["item"].tolist()
    with pytest.raises(DataError, match="out: expected a name that ends in .csv or .parquet or .json"):
        run.save_lists(tmp_path / "lists.txt", users)


def test_without_a_history_the_most_popular_items_and_it_is_said(run):
    order = np.argsort(-run.vocabulary.counts, kind="stable")[:5]
    assert run.recommend(history=[], k=5)["item"].tolist() == run.vocabulary.items[order].tolist()
    assert "most popular" in run.notices[0]


def test_unknown_ids_are_named(run):
    known = run.recommend(history=["b001", "b002"])
    pd.testing.assert_frame_equal(run.recommend(history=["b001", "zz", "b002"]), known)
    assert run.notices == ["1 item that training did not have is left out: zz."]
    for call, words in (
        (lambda: run.recommend("r9999"), "user: expected one of the 486 users of training. Received: 'r9999'"),
        (lambda: run.recommend("r001", deny=["b999"]), "deny: .*'b999'"),
        (lambda: run.similar_items("b0001"), r"item: .*'b0001'. Did you mean b001"),
        (lambda: run.recommend(), "a user of training or a history. Received: neither"),
        (lambda: run.recommend(history="b001"), "expected a list of item ids"),
        (lambda: run.recommend("r001", deny="b001"), "deny: expected a list of item ids. Received: 'b001'"),
        (lambda: list(run.recommend_all("r001")), "users: expected a list of user ids. Received: 'r001'"),
        (lambda: run.recommend("r001", k=0), "k: expected a whole number above 0. Received: 0"),
        (lambda: run.similar_users("r001", k=2.5), "k: expected a whole number above 0. Received: 2.5"),
        (lambda: list(run.recommend_all(["r001"], block=0)), "block: expected a whole number above 0"),
        (
            lambda: list(run.recommend_all(pd.DataFrame({"user": [1, None], "item": ["b001", "b001"]}))),
            "column 'user': expected an id in every row. Received: none in row 1",
        ),
    ):
        with pytest.raises(DataError, match=words):
            call()


def test_a_list_longer_than_the_catalogue_takes_no_more_memory_than_it_has_items(run):
    user = run.vocabulary.users[0]
    seen = run.vocabulary.histories[0].nnz
    assert len(run.recommend(user, k=10**12)) == len(run.vocabulary.items) - seen
    assert len(pd.concat(run.recommend_all([user], k=10**12))) == len(run.vocabulary.items) - seen


@pytest.mark.parametrize(("name", "content", "words"), [
    ("empty.csv", b"", "empty.csv: expected a CSV or Parquet file with a header"),
    ("header.csv", b"user,item\n", "expected at least one row. Received: no rows"),
    ("bytes.csv", b"user,item\n\xff\x80,b001\n", "bytes.csv: expected a CSV or Parquet file"),
    ("short.csv", b"user,item\n1,b001\n2\n", "column 'item': expected an id in every row. Received: none in row 1"),
    ("known.csv", b"user\nr001\n\" \"\nr002\n", "known.csv: column 'user': expected an id in every row"),
    ("broken.parquet", b"PAR1xxxx", "broken.parquet: expected a CSV or Parquet file"),
    ("other.csv", b"a,b\n1,2\n", "other.csv: expected the column 'reader' or 'user'. Received: a, b"),
])  # fmt: skip
def test_a_file_of_users_that_cannot_be_used_is_one_line_and_nothing_is_written(
    run, tmp_path, capsys, name, content, words
):
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "lists.csv"
    assert main(["recommend", str(run.path), "--users", str(tmp_path / name), "--out", str(out)]) == 2
    error = capsys.readouterr().err.strip()
    assert words in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


def test_several_networks_give_the_mean_of_their_scores_and_go_on_after_a_kill(tmp_path):
    network = {"kind": "mult_dae", "hidden_units": [12], "tied": True}
    options = {**FAST, "training.epochs": 3, "training.ensemble": 2, "model": {"kind": "blend", "network": network},
               "evaluation.baselines": False}  # fmt: skip
    run = nn.train("recommender_synthetic", options, runs_dir=tmp_path / "whole")
    mean = run.model.get_layer("ensemble")
    histories = run.vocabulary.histories[:4]
    each = [Ranker(mean.get_layer(f"member_{place}")).scores(histories) for place in (0, 1)]
    assert not np.allclose(each[0], each[1], atol=1e-3)
    np.testing.assert_allclose(Ranker(mean).scores(histories), (each[0] + each[1]) / 2, rtol=1e-5, atol=1e-6)
    alone = nn.train("recommender_synthetic", {**options, "training.ensemble": 1, "model": network},
                     runs_dir=tmp_path / "alone")  # fmt: skip
    np.testing.assert_array_equal(Ranker(alone.model).scores(histories), each[0])
    assert run.item_vectors.shape == (240, 24)
    assert run.user_vectors.shape == (486, 24)
    state = pd.read_csv(run.path / "members" / "1" / "history.csv")
    assert len(state) == 3

    import keras

    class Kill(keras.callbacks.Callback):
        ends = 0

        def on_epoch_end(self, epoch, logs=None):
            Kill.ends += 1
            if Kill.ends == 5:  # in the second epoch of the second network
                raise KeyboardInterrupt

        def get_state(self):
            return {}

        def set_state(self, state):
            return None

    with pytest.raises(KeyboardInterrupt):
        nn.train("recommender_synthetic", options, callbacks=[Kill()], runs_dir=tmp_path / "killed")
    resumed = nn.resume("latest", callbacks=[Kill()], runs_dir=tmp_path / "killed")
    assert resumed.metrics == run.metrics
    for a, b in zip(resumed.model.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_books_like_a_book_are_of_its_genre(run, ease):
    for one in (run, ease):
        shares = []
        for item, title in zip(one.vocabulary.items, one.vocabulary.titles, strict=True):
            if one.vocabulary.counts[one.vocabulary.codes([item])[0]] >= 40:
                found = one.similar_items(item, k=5, min_users=20)
                assert item not in set(found["item"])
                shares.append(found["title"].str.startswith(title.split()[0]).mean())
        assert np.mean(shares) > 0.6 > 3 / len(GENRES)


def test_users_like_a_user_share_its_tastes(run):
    drawn = readings(seed=11)
    tastes = drawn.taste[[int(user[1:]) - 1 for user in run.vocabulary.users]]
    closeness = []
    for user in run.vocabulary.users[:40]:
        near = run.similar_users(user, k=5)["user"]
        assert user not in set(near)
        codes = run.vocabulary.codes(near.tolist(), "users")
        closeness.append(np.abs(tastes[codes] - tastes[run.vocabulary.codes([user], "users")[0]]).sum(axis=1).mean())
    assert np.mean(closeness) < 0.6 * np.abs(tastes[:200, None] - tastes[None, :200]).sum(axis=2).mean()


def test_an_explanation_is_the_score_less_that_without_the_item(ease):
    history = ["b001", "b002", "b003"]
    found = ease.explain("b010", history=history).set_index("item")["contribution"]
    weights = ease.model.get_layer("weights").kernel.numpy()
    codes = ease.vocabulary.codes([*history, "b010"])
    np.testing.assert_allclose(found[history], weights[codes[:3], codes[3]], atol=1e-6)


def test_histories_of_many_users_from_a_table(run):
    table = pd.DataFrame({"reader": ["x", "y", "x"], "book": ["b001", "b004", "b002"]})
    frame = pd.concat(run.recommend_all(table, k=4))
    assert frame["user"].tolist() == ["x"] * 4 + ["y"] * 4
    assert frame[frame["user"] == "x"]["item"].tolist() == run.recommend(history=["b001", "b002"], k=4)["item"].tolist()


def test_the_run_folder_is_whole_and_says_where_it_came_from(run):
    names = {path.name for path in run.path.iterdir()}
    assert {"config.yaml", "model.keras", "metrics.json", "provenance.json", "history.csv", "users.csv"} <= names
    assert ".unfinished" not in names
    provenance = run.provenance
    assert (provenance["kind"], provenance["epochs"], provenance["users"]["test"]) == ("recommender", 12, 60)
    split = np.load(run.path / "split.npz")
    rows = np.concatenate(
        [split[name] for name in ("train", "validation_history", "validation", "test_history", "test")]
    )
    assert sorted(rows) == list(range(10_989))
    users = pd.read_csv(run.path / "users.csv")
    assert users["ndcg@100"].mean() == pytest.approx(run.metrics["ranking"]["metrics"]["ndcg@100"]["value"])


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path):
    import keras

    class Kill(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1 and os.environ.get("NNRECIPES_TEST_KILL"):
                raise KeyboardInterrupt

        def get_state(self):
            return {}

        def set_state(self, state):
            return None

    options = {
        **FAST,
        "training.epochs": 4,
        "model": {"kind": "mult_vae", "hidden_units": [16], "latent_dim": 8},
        "training.average": 0.5,
    }
    whole = nn.train("recommender_synthetic", options, callbacks=[Kill()], runs_dir=tmp_path / "whole")
    os.environ["NNRECIPES_TEST_KILL"] = "1"
    try:
        with pytest.raises(KeyboardInterrupt):
            nn.train("recommender_synthetic", options, callbacks=[Kill()], runs_dir=tmp_path / "killed")
    finally:
        del os.environ["NNRECIPES_TEST_KILL"]
    resumed = nn.resume("latest", callbacks=[Kill()], runs_dir=tmp_path / "killed")
    assert resumed.history == whole.history
    for a, b in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert resumed.metrics == whole.metrics


def test_compare_gives_paired_intervals_for_the_same_users(run, ease):
    found = nn.compare(run, ease)
    row = found["targets"]["ranking"]["metrics"]["ndcg@100"]
    values = [one.metrics["ranking"]["metrics"]["ndcg@100"]["value"] for one in (run, ease)]
    assert row["difference"] == pytest.approx(values[1] - values[0])
    assert found["rows"]["paired"]
    assert row["low"] <= row["difference"] <= row["high"]


def test_what_is_of_other_recipes_says_so_in_one_line(run, runs, capsys):
    for words in (["predict", str(run.path), "--data", "x.csv"], ["evaluate", str(run.path), "--data", "x.csv"],
                  ["refit", str(run.path)]):  # fmt: skip
        assert main(words) == 2
        error = capsys.readouterr().err.strip()
        assert "recommender's" in error
        assert len(error.splitlines()) == 1
    with pytest.raises(RunError, match="predicts no|expected a run of autorec"):
        run.predict_rating(["r001"], ["b001"])
    with pytest.raises(RunError, match="Received: a model from Python"):
        nn.train("recommender_synthetic", model=object())


def test_the_command_line_recommends_and_finds_like_ones(run, tmp_path, capsys):
    path = str(run.path)
    assert main(["recommend", path, "--history", "b001,b002", "-k", "3", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["item"] for row in answer] == run.recommend(history=["b001", "b002"], k=3)["item"].tolist()
    assert main(["similar", path, "--item", "b001", "-k", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["rank", "item", "title", "similarity"]
    (tmp_path / "users.csv").write_text("user,item\n1,b001\n2,b004\n1,b002\n")
    out = tmp_path / "recs.csv"
    assert main(["recommend", path, "--users", str(tmp_path / "users.csv"), "-k", "3", "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert list(table)[:3] == ["user", "item", "rank"]
    assert table["item"].tolist()[:3] == [row["item"] for row in answer]
    capsys.readouterr()
    (tmp_path / "known.csv").write_text(f"user\n{run.vocabulary.users[3]}\n")
    assert main(["recommend", path, "--users", str(tmp_path / "known.csv"), "-k", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main(["show", path]) == 0
    assert "ndcg@100" in capsys.readouterr().out
    assert main(["check", "recommender_synthetic", "--data"]) == 0
    assert "users: 600, items: 240, interactions: 10,989" in capsys.readouterr().out
    assert main(["recommend", path, "--user", "nobody"]) == 2
    assert "Received: 'nobody'" in capsys.readouterr().err


def test_mistakes_of_a_recipe_are_named_together():
    recipe = {"data": {"interactions": {"source": {"kind": "csv", "path": "no.csv"}, "min_rating": 4}, "split": {"kind": "wek"}},
              "model": {"kind": "multdae"}, "training": {"callbacks": {"monitor": "val_ndcg"}}}  # fmt: skip
    with pytest.raises(ConfigError) as error:
        nn.train(recipe)
    text = str(error.value)
    for word in (
        "min_rating is of",
        "Did you mean mult_dae?",
        "data.split",
        "nothing there",
        "Did you mean val_ndcg@100",
    ):
        assert word in text


def test_beyond_the_stated_size_the_softmax_is_sampled_and_what_it_cannot_have_is_refused(tmp_path):
    sampled = {**FAST, "model": {"kind": "mult_dae", "hidden_units": [16]}, "training.full_softmax_items": 100,
               "training.sampled_items": 20, "training.epochs": 8}  # fmt: skip
    heard: list[str] = []
    run = nn.train("recommender_synthetic", sampled, runs_dir=tmp_path, notify=heard.append)
    assert any("sampled softmax, 20 items a step" in line for line in heard)
    scored = run.metrics["ranking"]
    assert scored["metrics"]["ndcg@100"]["value"] > 1.2 * scored["baselines"]["popularity"]["ndcg@100"]
    for change, words in (({"model.l2": 1e-5}, "model.l2: expected 0 for 240 items"),
                          ({"training.optimizer": "sgd"}, "expected adam or adagrad for 240 items")):  # fmt: skip
        with pytest.raises(ConfigError, match=words):
            nn.train("recommender_synthetic", {**sampled, **change}, runs_dir=tmp_path)
    assert not list(tmp_path.rglob(".unfinished"))


def test_without_memory_for_items_squared_a_blend_is_refused_and_rivals_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("nnrecipes.training.closed_form.available_memory", lambda: 1_000_000)
    with pytest.raises(DataError, match="EASE: expected arrays that fit into 0.0 GiB. Received: 240 x 240 items"):
        nn.train("recommender_synthetic", FAST, runs_dir=tmp_path)
    small = {**FAST, "training.epochs": 1, "model": {"kind": "mult_dae", "hidden_units": [4]}}
    run = nn.train("recommender_synthetic", small, runs_dir=tmp_path)
    assert list(run.metrics["ranking"]["baselines"]) == ["popularity"]
    assert any("ease was not fitted as a rival" in line for line in run.provenance["notices"])


@pytest.mark.parametrize("split", ["weak", "time"])
def test_known_users_are_scored_on_what_they_did_later_or_was_hidden(split, tmp_path):
    drawn = readings(users=150, items=60, seed=4)
    time = np.random.default_rng(0).permutation(len(drawn.user))
    rows = pd.DataFrame({"user": drawn.user, "item": drawn.item, "time": time})
    recipe = {
        "name": "known",
        "model": {"kind": "ease", "l2": 50.0},
        "data": {"interactions": {"source": {"kind": "arrays"}, "time": "time"}, "split": {"kind": split}},
    }
    run = nn.train(recipe, FAST, data=rows, runs_dir=tmp_path)  # fmt: skip
    lists = pd.read_csv(run.folder.predictions, dtype=str)
    given = np.load(run.path / "split.npz")["test_history"]
    seen = set(zip(rows["user"][given].astype(str), rows["item"][given].astype(str), strict=True))
    assert not seen & set(zip(lists["user"], lists["item"], strict=True))
    assert 0 < run.metrics["ranking"]["metrics"]["ndcg@100"]["value"] < 1


def test_low_ratings_of_a_table_of_histories_are_left_out_as_in_training(tmp_path):
    rows = {"user": [1, 1, 2, 2, 3, 3, 4, 4], "item": ["a", "b", "a", "b", "b", "c", "a", "c"], "stars": [5] * 8}
    recipe = {"name": "stars", "model": {"kind": "ease", "l2": 1.0},
              "data": {"interactions": {"source": {"kind": "arrays"}, "rating": "stars", "min_rating": 4},
                       "split": {"kind": "strong", "test": 1, "validation": 1}}}  # fmt: skip
    run = nn.train(recipe, {**FAST, "evaluation.baselines": False}, data=rows, runs_dir=tmp_path)
    table = pd.DataFrame({"user": ["x", "x"], "item": ["a", "b"], "stars": ["5", "2"]})
    listed = pd.concat(run.recommend_all(table, k=3))["item"].tolist()
    assert listed == run.recommend(history=["a"], k=3)["item"].tolist()
