"""Blocks of training rows -> one epoch: a program a block, while a thread reads and transforms the next one.

The programs are those of rows in memory: the loop over the batches of a block is one call. All blocks but the last
have the same shape, so XLA compiles two of them at most. Metrics go on from block to block.
"""

from contextlib import closing
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrecipes.data.ahead import ahead
from nnrecipes.data.give_back import give_back
from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.training.fit import rows_of
from nnrecipes.training.program import Logs, Program
from nnrecipes.training.progress import Progress
from nnrecipes.training.randomness import block_order

OFTEN = 16  # blocks after which free memory is given back


def streamed_epoch(
    program: Program,
    model: keras.Model,
    listening: keras.callbacks.CallbackList,
    blocks: Blocks,
    epoch: int,
    *,
    seed: int,
    shuffle: bool,
) -> Logs:
    """Train one epoch and return its logs.

    Args:
        program: Of the model's form, bound to the model.
        model: The model.
        listening: The callbacks; a progress bar among them moves with each block.
        blocks: The training rows.
        epoch: The epoch.
        seed: Of the run; with the epoch it decides the order of files, of row groups, and of the rows of each block.
        shuffle: False takes the rows as they stand.
    """
    model.reset_metrics()
    bars = [callback for callback in listening.callbacks if isinstance(callback, Progress)]
    logs: Logs = {}
    done = 0
    with closing(ahead(blocks.epoch(seed, epoch, program.batch_size, shuffle=shuffle))) as coming:
        for number, block in enumerate(coming):
            order = block_order(len(block), seed, epoch, number) if shuffle else np.arange(len(block))
            logs = program.block(tf.constant(order, dtype=tf.int32), _tensors(block))
            done += len(block)
            for bar in bars:
                bar.on_train_batch_begin(done // program.batch_size)
            if number % OFTEN == 0:
                give_back()
    give_back()
    return logs


def _tensors(arrays: Arrays) -> Any:
    return tf.nest.map_structure(tf.constant, rows_of(arrays))
