"""An epoch (counted from 0) -> the multiplier of the base learning rate.

``step``, ``exponential`` and ``milestones`` are geometric; ``cosine`` is SGDR without restarts (Loshchilov and Hutter,
2017, arXiv:1608.03983) after a linear warm-up (Goyal et al., 2017, arXiv:1706.02677); ``one_cycle`` is the 1cycle
policy with cosine phases (Smith and Topin, 2018, arXiv:1708.07120); ``coslog`` is that of RealMLP.
"""

import math
from collections.abc import Sequence


def step(epoch: int, *, every: int = 10, factor: float = 0.5) -> float:
    """Return ``factor ** (epoch // every)``.

    Example:
        >>> [step(epoch, every=2) for epoch in range(5)]
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return math.pow(factor, epoch // every)


def exponential(epoch: int, *, rate: float = 0.95) -> float:
    """Return ``rate ** epoch``.

    Example:
        >>> [exponential(epoch, rate=0.5) for epoch in range(3)]
        [1.0, 0.5, 0.25]
    """
    return math.pow(rate, epoch)


def milestones(epoch: int, *, at: Sequence[int], factor: float = 0.1) -> float:
    """Return ``factor`` to the power of the milestones that are behind.

    Example:
        >>> [milestones(epoch, at=(1, 3), factor=0.5) for epoch in range(4)]
        [1.0, 0.5, 0.5, 0.25]
    """
    return math.pow(factor, sum(epoch >= place for place in at))


def given(epoch: int, *, factors: Sequence[float]) -> float:
    """Return the epoch's own factor; the last one for epochs behind them.

    Example:
        >>> [given(epoch, factors=(1.0, 0.5)) for epoch in range(3)]
        [1.0, 0.5, 0.5]
    """
    return factors[min(epoch, len(factors) - 1)]


def cosine(epoch: int, *, epochs: int, warmup_epochs: int = 0, final: float = 0.0) -> float:
    """Return a linear warm-up over ``warmup_epochs`` and then half a cosine.

    The warm-up starts above 0 and the cosine would reach ``final`` one epoch after the last, so that no epoch is
    trained at a rate of 0.

    Example:
        >>> [round(cosine(epoch, epochs=4), 3) for epoch in range(4)]
        [1.0, 0.854, 0.5, 0.146]
        >>> [cosine(epoch, epochs=9, warmup_epochs=3) for epoch in range(4)]
        [0.25, 0.5, 0.75, 1.0]
    """
    if epoch < warmup_epochs:
        return (epoch + 1) / (warmup_epochs + 1)
    share = (epoch - warmup_epochs) / max(epochs - warmup_epochs, 1)
    return _cosine_between(1.0, final, share)


def one_cycle(
    epoch: int, *, epochs: int, warmup: float = 0.3, start_divisor: float = 25.0, final_divisor: float = 1e4
) -> float:
    """Return a cosine up from ``1 / start_divisor`` to 1, then one down to ``1 / final_divisor`` at the last epoch.

    The peak is at epoch ``warmup * epochs - 1``, as in PyTorch's ``OneCycleLR``.

    Example:
        >>> [round(one_cycle(epoch, epochs=5, warmup=0.4, start_divisor=10), 3) for epoch in range(5)]
        [0.1, 1.0, 0.75, 0.25, 0.0]
    """
    peak = warmup * epochs - 1
    if epoch < peak:
        return _cosine_between(1 / start_divisor, 1.0, epoch / peak)
    return _cosine_between(1.0, 1 / final_divisor, (epoch - max(peak, 0)) / max(epochs - 1 - max(peak, 0), 1))


def coslog(epoch: int, *, epochs: int, cycles: int = 4) -> float:
    """Return ``(1 - cos(2 pi log2(1 + (2^cycles - 1) t))) / 2`` at the middle ``t`` of the epoch.

    So many times up and down, each cycle twice as long as the one before: coslog4 of RealMLP (Holzmüller et al., 2024,
    arXiv:2407.04491). The ends of cycles are good places to stop, wherever the best epoch may be.

    Example:
        >>> [round(coslog(epoch, epochs=8, cycles=2), 3) for epoch in range(8)]
        [0.493, 0.809, 0.021, 0.374, 0.947, 0.876, 0.402, 0.047]
    """
    share = (epoch + 0.5) / epochs
    return (1.0 - math.cos(2.0 * math.pi * math.log2(1.0 + (2.0**cycles - 1.0) * share))) / 2.0


def flat_cosine(epoch: int, *, epochs: int, flat: float = 0.5) -> float:
    """Return 1 over ``flat`` of the epochs, then half a cosine that would reach 0 one epoch after the last.

    Example:
        >>> [round(flat_cosine(epoch, epochs=8), 3) for epoch in range(8)]
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.854, 0.5, 0.146]
    """
    start = flat * epochs
    return 1.0 if epoch < start else _cosine_between(1.0, 0.0, (epoch - start) / max(epochs - start, 1))


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
