"""Texts to ids against Keras' TextVectorization, and to TF-IDF weights against scikit-learn."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from nnrecipes.errors import DataError
from nnrecipes.preprocessing.text import encode_text, fit_text, join_texts, tokenize

TRAIN = ["The cat sat; the cat ran!", "A dog (brown) ran...", "Größe: ÄÖÜ don't", "the\tdog\u00a0sat", "", "!!!"]
NEW = ["the CAT's unseen dog", "", "?", "don't the dog ran the cat sat on the mat", "ä b c"]


@pytest.mark.parametrize("standardize", ["lower_and_strip_punctuation", "lower", "strip_punctuation", "none"])
@pytest.mark.parametrize(("split", "ngrams"), [("whitespace", 1), ("whitespace", 2), ("character", 1)])
def test_ids_are_those_of_text_vectorization(standardize, split, ngrams):
    rules = {"standardize": standardize, "split": split}
    state = fit_text(TRAIN, ngrams=ngrams, max_tokens=12, length=9, **rules)
    layer = keras.layers.TextVectorization(12, standardize=None if standardize == "none" else standardize, split=split,
                                           ngrams=None if ngrams == 1 else ngrams, output_sequence_length=9)  # fmt: skip
    layer.adapt(TRAIN)
    assert layer.get_vocabulary()[2:] == list(state.vocabulary)
    np.testing.assert_array_equal(encode_text(NEW, state), np.asarray(layer(np.array(NEW, dtype=object))))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12),
                min_size=1, max_size=4))  # fmt: skip
def test_any_text_has_the_tokens_of_text_vectorization(texts):
    layer = keras.layers.TextVectorization(output_mode="int", vocabulary=["a"])
    expected = [
        [token.decode("utf-8") for token in row] for row in layer._preprocess(np.array(texts, object)).to_list()
    ]
    assert [tokenize(text) for text in texts] == expected


@pytest.mark.parametrize("ngrams", [1, 2])
def test_weights_are_those_of_scikit_learns_tfidf(ngrams):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefgh"), rng.integers(1, 9))) for _ in range(40)]
    train, new = texts[:30], texts[30:]
    state = fit_text(train, form="tfidf", ngrams=ngrams, length=40)
    oracle = TfidfVectorizer(analyzer=lambda text: tokenize(text, ngrams=ngrams), vocabulary=state.vocabulary).fit(
        train
    )
    dense = np.zeros((len(new), len(state.vocabulary)))
    encoded = encode_text(new, state)
    for row, pairs in zip(dense, encoded, strict=True):
        for token, weight in pairs:
            row[int(token) - 2] += weight if token else 0
    np.testing.assert_allclose(dense, oracle.transform(new).toarray(), atol=1e-6)


def test_a_text_of_unknown_tokens_has_no_weights_and_an_empty_one_no_ids():
    assert not encode_text(["x y", ""], fit_text(["a b"], form="tfidf")).any()
    assert encode_text(["x", ""], fit_text(["a"])).tolist() == [[1], [0]]


def test_the_heaviest_tokens_stay_where_a_text_is_too_long():
    state = fit_text(["a b", "a c", "a d"], form="tfidf", length=2)
    kept = {state.vocabulary[int(token) - 2] for token, _ in encode_text(["a b c"], state)[0]}
    assert kept == {"b", "c"}  # a stands everywhere


def test_rare_tokens_are_left_out_and_the_length_follows_the_training_texts():
    state = fit_text(["a a b", "a c"], min_count=2)
    assert (state.vocabulary, state.length) == (("a",), 3)
    assert encode_text(["b a b a b"], state).tolist() == [[1, 2, 1]]
    with pytest.raises(DataError, match="inputs.review: expected texts with tokens that stand 3 times"):
        fit_text(["a a b", ""], min_count=3, where="inputs.review")


def test_columns_are_joined_and_missing_ones_left_out():
    frame = pd.DataFrame({"title": ["Car", None, None], "body": ["runs well", "red", None]}, dtype=object)
    assert join_texts(frame) == ["Car runs well", "red", ""]
