"""Texts -> token ids in reading order, or the distinct tokens of each text with their TF-IDF weights.

Texts become tokens by the rules of Keras' TextVectorization, so that a network can be exported with one: letters of
ASCII are lowered, ASCII punctuation is taken out, ASCII blanks or characters split, n-grams follow the single tokens.
The vocabulary is that of the training rows, by falling count, equal counts in reverse order; id 0 pads, 1 is unknown.

    tfidf(t, d) = count(t, d) * (1 + ln((1 + n) / (1 + df(t)))), of which a text's vector is divided by its length

References:
    Spärck Jones (1972), A statistical interpretation of term specificity. https://doi.org/10.1108/eb026526
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError

PUNCTUATION = dict.fromkeys(map(ord, "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"))
LOWER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
RULES: dict[str, dict[int, Any]] = {
    "lower_and_strip_punctuation": LOWER | PUNCTUATION,
    "lower": LOWER,
    "strip_punctuation": PUNCTUATION,
    "none": {},
}
WORD = re.compile(r"[^ \t\n\v\f\r]+")
SPECIAL = 2
"""Ids before the vocabulary: 0 pads, 1 is an unknown token."""


@dataclass(frozen=True, eq=False)
class TextState:
    """What a text input learnt.

    Args:
        form: ``tokens`` or ``tfidf``.
        vocabulary: The tokens of ids 2, 3, ...
        length: Tokens a row.
        standardize: How texts are made alike before they are split.
        split: ``whitespace`` or ``character``.
        ngrams: The longest run of tokens that is a token itself.
        idf: Of ``tfidf``, the weight of each token of the vocabulary, float64; else empty.
    """

    form: str
    vocabulary: tuple[str, ...]
    length: int
    standardize: str
    split: str
    ngrams: int
    idf: Array

    @cached_property
    def index(self) -> dict[str, int]:
        """Token -> id."""
        return {token: place for place, token in enumerate(self.vocabulary, SPECIAL)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "TextState":
        """Return the state whose fields ``state`` holds."""
        return cls(**{**state, "vocabulary": tuple(state["vocabulary"])})


def tokenize(
    text: str, *, standardize: str = "lower_and_strip_punctuation", split: str = "whitespace", ngrams: int = 1
) -> list[str]:
    """Return the tokens of one text.

    Example:
        >>> tokenize("Not bad, at all!", ngrams=2)
        ['not', 'bad', 'at', 'all', 'not bad', 'bad at', 'at all']
    """
    plain = text.translate(RULES[standardize])
    tokens = list(plain) if split == "character" else WORD.findall(plain)
    runs = (" ".join(tokens[i : i + n]) for n in range(2, ngrams + 1) for i in range(len(tokens) - n + 1))
    return [*tokens, *runs] if ngrams > 1 else tokens


def join_texts(frame: pd.DataFrame) -> list[str]:
    """Return one text a row: those of its columns with a blank between them, empty where all are missing."""
    if frame.shape[1] == 1:
        return ["" if pd.isna(text) else str(text) for text in frame.iloc[:, 0]]
    rows = zip(*(frame[name] for name in frame.columns), strict=True)
    return [" ".join(str(text) for text in row if not pd.isna(text)) for row in rows]


def fit_text(
    texts: Sequence[str],
    *,
    form: str = "tokens",
    max_tokens: int = 10_000,
    min_count: int = 1,
    length: int | None = None,
    standardize: str = "lower_and_strip_punctuation",
    split: str = "whitespace",
    ngrams: int = 1,
    where: str = "input",
) -> TextState:
    """Learn the vocabulary of the training rows.

    Args:
        texts: Training rows.
        form: ``tokens`` or ``tfidf``.
        max_tokens: Ids at most, the two special ones among them.
        min_count: How often a token must stand in the training rows.
        length: Tokens a row; those of the longest training text but for the longest 5 % by default.
        standardize: How texts are made alike before they are split.
        split: ``whitespace`` or ``character``.
        ngrams: The longest run of tokens that is a token itself.
        where: The input's name, for error messages.

    Raises:
        DataError: No training row has a token.

    Example:
        >>> fit_text(["red car", "blue car"]).vocabulary
        ('car', 'red', 'blue')
    """
    found = [tokenize(text, standardize=standardize, split=split, ngrams=ngrams) for text in texts]
    counts = Counter(token for tokens in found for token in tokens)
    common = [(count, token) for token, count in counts.items() if count >= min_count]
    common.sort(key=lambda pair: (pair[0], pair[1].encode("utf-8", "surrogatepass")), reverse=True)
    vocabulary = tuple(token for _, token in common[: max_tokens - SPECIAL])
    if not vocabulary:
        expected = f"texts with tokens that stand {min_count} times or more in the training rows"
        raise DataError(f"{where}: expected {expected}. Received: none.")
    known = set(vocabulary)
    idf = np.empty(0)
    sizes = [len(tokens) for tokens in found]
    if form == "tfidf":
        rows = Counter(token for tokens in found for token in set(tokens) & known)
        idf = 1 + np.log((1 + len(texts)) / (1 + np.array([rows[token] for token in vocabulary])))
        sizes = [len(set(tokens) & known) for tokens in found]
    longest = int(np.percentile(sizes, 95, method="higher"))
    return TextState(form, vocabulary, length or max(longest, 1), standardize, split, ngrams, idf)


def encode_text(texts: Sequence[str], state: TextState) -> Array:
    """Return texts as the network takes them.

    Returns:
        Of ``tokens`` int32 ``(rows, length)``. Of ``tfidf`` float32 ``(rows, length, 2)``: the id of a token and its
        weight, the heaviest tokens where a text has more than ``length``. Zeros stand behind the end of a text.

    Example:
        >>> encode_text(["a red car", ""], fit_text(["red car", "blue car"])).tolist()
        [[1, 3], [0, 0]]
    """
    tfidf = state.form == "tfidf"
    shape = (len(texts), state.length, 2) if tfidf else (len(texts), state.length)
    rows = np.zeros(shape, dtype=np.float32 if tfidf else np.int32)
    for row, text in zip(rows, texts, strict=True):
        tokens = tokenize(text, standardize=state.standardize, split=state.split, ngrams=state.ngrams)
        if tfidf:
            weights = _weights(tokens, state)
            row[: len(weights)] = weights
        else:
            ids = [state.index.get(token, 1) for token in islice(tokens, state.length)]
            row[: len(ids)] = ids
    return rows


def _weights(tokens: Sequence[str], state: TextState) -> Array:
    """Ids and weights ``(tokens, 2)`` of the distinct tokens of one text, by id; as many as a row takes."""
    counts = Counter(state.index[token] for token in tokens if token in state.index)
    ids = np.array(sorted(counts), dtype=np.int64)
    weights = np.array([counts[i] for i in ids.tolist()]) * state.idf[ids - SPECIAL]
    weights = weights / (np.linalg.norm(weights) or 1.0)
    kept = np.sort(np.argsort(-weights, kind="stable")[: state.length])
    return np.column_stack([ids[kept], weights[kept]])
