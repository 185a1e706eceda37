"""Scores of a batch and its sparse rows -> the loss: multinomial likelihood, over all items or some, or squared error.

    multinomial = mean over the rows of - sum over i of x_i log softmax(scores)_i         nats a row
    masked_mse  = mean over the given ratings of (prediction - rating)^2

Beyond some ten thousand items the softmax is estimated. The candidates ``C`` are the items of the batch and others
drawn evenly; an item that a batch of random users has, or that is drawn, with probability ``q_i`` counts ``1 / q_i``
times (Horvitz and Thompson, 1952, doi.org/10.1080/01621459.1952.10483446), a row's own items once:

    sum over all i of exp(s_i)  ~  sum over i in C of exp(s_i) / q_i,    q_i = 1 - (1 - p_i)^batch (1 - 1 / items)^drawn

with ``p_i`` the share of users that have the item. The sum is unbiased; its logarithm is low by half its relative
variance.
"""

from typing import Any

import numpy as np
import tensorflow as tf
from scipy.sparse import csr_matrix

from nnrecipes.data.spec import Array
from nnrecipes.layers.item_scores import ItemScores
from nnrecipes.training.sparse_rows import Batch


def multinomial_nll(scores: Any, batch: Batch) -> Any:
    """Return the loss of scores of all items, ``(batch, items)``."""
    log_sum = tf.reduce_logsumexp(scores, axis=1)
    picked = tf.gather_nd(scores, batch.x.indices)
    each = batch.values * (tf.gather(log_sum, batch.rows) - picked)
    return tf.reduce_sum(each) / tf.cast(batch.x.dense_shape[0], scores.dtype)


def masked_mse(predictions: Any, batch: Batch) -> Any:
    """Return the mean squared error over the values that the rows have."""
    picked = tf.gather_nd(predictions, batch.x.indices)
    return tf.reduce_sum(tf.square(picked - batch.values)) / tf.maximum(tf.cast(tf.size(picked), picked.dtype), 1.0)


def log_inclusion(histories: csr_matrix, batch_size: int, drawn: int) -> Array:
    """Return ``log q_i``, float32 ``(items,)``: how likely an item is a candidate of a batch.

    Args:
        histories: CSR ``(users, items)``.
        batch_size: Users a batch.
        drawn: Items drawn evenly, with replacement.

    Example:
        >>> np.exp(log_inclusion(csr_matrix(np.array([[1, 0], [0, 0]])), 1, 1)).round(3).tolist()
        [0.75, 0.5]
    """
    users, items = histories.shape
    share = np.bincount(histories.indices, minlength=items) / users
    left_out = (1 - share) ** min(batch_size, users) * (1 - 1 / items) ** drawn
    result: Array = np.log(np.maximum(1 - left_out, 1e-9)).astype(np.float32)
    return result


def sampled_nll(layer: ItemScores, code: Any, batch: Batch, drawn: Any, log_q: Any) -> Any:
    """Return the estimate of :func:`multinomial_nll`.

    Args:
        layer: The layer that scores items.
        code: Its input, ``(batch, units)``.
        batch: The rows.
        drawn: Items drawn evenly, int64 ``(drawn,)``.
        log_q: Of :func:`log_inclusion`, ``(items,)``.
    """
    candidates, place = tf.unique(tf.concat([batch.columns, drawn], axis=0), out_idx=tf.int64)
    scores = layer.partial(code, candidates)
    correction = tf.gather(log_q, candidates)
    own = tf.stack([batch.rows, place[: tf.size(batch.columns)]], axis=1)
    weighed = tf.tensor_scatter_nd_add(scores - correction, own, tf.gather_nd(correction, own[:, 1:]))
    log_sum = tf.reduce_logsumexp(weighed, axis=1)
    each = batch.values * (tf.gather(log_sum, batch.rows) - tf.gather_nd(scores, own))
    return tf.reduce_sum(each) / tf.cast(batch.x.dense_shape[0], scores.dtype)
