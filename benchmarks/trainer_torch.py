"""The works again, by hand in PyTorch: rows in memory, a shuffled index an epoch, fused Adam."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from trainer_works import CARDINALITIES


class Iris(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 32), nn.ReLU())
        self.width, self.kind = nn.Linear(32, 1), nn.Linear(32, 3)

    def forward(self, x: Any) -> Any:
        hidden = self.body(x["x"])
        return {"width": self.width(hidden), "kind": self.kind(hidden)}


class Lstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.lstm, self.out = nn.Embedding(5_000, 32), nn.LSTM(32, 32, batch_first=True), nn.Linear(32, 1)

    def forward(self, x: Any) -> Any:
        return {"y": self.out(self.lstm(self.table(x["x"]))[0][:, -1])}


class Adult(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(size, 8) for size in CARDINALITIES])
        sizes = [70, 256, 256, 256]
        hidden = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
        self.body = nn.Sequential(*hidden, nn.Linear(256, 1))

    def forward(self, x: Any) -> Any:
        parts = [table(x["codes"][:, place]) for place, table in enumerate(self.tables)]
        return {"y": self.body(torch.cat([*parts, x["numbers"]], dim=1))}


class Plain(nn.Module):
    def __init__(self, *stack: Any) -> None:
        super().__init__()
        self.body = nn.Sequential(*stack)

    def forward(self, x: Any) -> Any:
        return {"y": self.body(x["x"])}


def _autoencoder() -> nn.Module:
    sizes, stack = [784, 128, 64, 32, 64, 128], []
    for a, b in pairwise(sizes):
        stack += [nn.Linear(a, b), nn.ReLU()]
    return Plain(*stack, nn.Linear(128, 784))


MODELS = {
    "iris": Iris,
    "mlp": lambda: Plain(nn.Linear(11, 64), nn.ReLU(), nn.Linear(64, 4)),
    "regularised": lambda: Plain(nn.Linear(11, 256), nn.ReLU(), nn.BatchNorm1d(256), nn.Dropout(0.3),
                                 nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 4)),
    "autoencoder": _autoencoder,
    "cnn": lambda: Plain(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(800, 10)),
    "lstm": Lstm,
    "adult": Adult,
}  # fmt: skip


class Loop:
    """A model and its training loop."""

    def __init__(self, name: str, arrays: Any, batch_size: int) -> None:
        torch.manual_seed(0)
        self.model, self.size = MODELS[name](), batch_size
        images = name == "cnn"
        self.x = {
            key: torch.from_numpy(np.moveaxis(value, -1, 1).copy() if images else value)
            for key, value in arrays.x.items()
        }
        self.y = {key: torch.from_numpy(value) for key, value in arrays.y.items()}
        self.y = {key: value.long() if value.dtype == torch.int32 else value for key, value in self.y.items()}
        self.optimizer = torch.optim.Adam(self.model.parameters(), fused=True)
        self.rows = len(arrays)

    def epoch(self) -> float:
        self.model.train()
        order, total = torch.randperm(self.rows), torch.zeros(())
        for start in range(0, self.rows, self.size):
            rows = order[start : start + self.size]
            outputs = self.model({key: value[rows] for key, value in self.x.items()})
            loss = sum(_loss(key, outputs[key], self.y[key][rows]) for key in outputs)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(rows)
        return float(total) / self.rows


def _loss(key: str, output: Any, truth: Any) -> Any:
    if truth.dtype == torch.int64:
        return cross_entropy(output, truth)
    return mse_loss(output, truth) if key == "width" else binary_cross_entropy_with_logits(output, truth)
