"""What a training is made of -> the seconds that it takes on an ordinary machine, by a table that was measured once.

::

    seconds = begin + begin_variable * variables + steps * (step + step_variable * variables + number * numbers
                                                            + turn * turns + bent * bent_numbers)

Networks that take turns share a program, so they begin once and step one after the other. Side by side they make one
step, of which ``member_variable * variables * networks`` and the numbers of all are a part. ``costs.json`` has a row
for each kind of trainer, the versions and the machine; ``benchmarks/measure_costs.py`` measures and writes it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("costs.json")


@dataclass(frozen=True)
class Work:
    """What a step of a network is made of.

    Args:
        variables: Trainable variables, which measure the operations.
        numbers: Weights times rows of a batch, which measure the arithmetic.
        turns: Steps in time of recurrent layers.
        bent: Numbers that go through parametric activations, which XLA makes in one pass.
    """

    variables: int
    numbers: int = 0
    turns: int = 0
    bent: int = 0


def seconds(kind: str, work: Work, steps: int, networks: int = 1) -> float:
    """Return the seconds of a training.

    Args:
        kind: A row of the table: ``graph`` and ``xla`` in turns, ``graph_members`` and ``xla_members`` side by side.
        work: Of a step of one network.
        steps: Updates of one network.
        networks: How many there are.

    Example:
        >>> seconds("xla", Work(8), 100) > seconds("graph", Work(8), 100)
        True
        >>> seconds("xla", Work(8), 1_000_000) < seconds("graph", Work(8), 1_000_000)
        True
    """
    cost = costs()[kind]
    begin = cost["begin"] + cost["begin_variable"] * work.variables + cost["begin_turns"] * bool(work.turns)
    one = cost["step"] + cost["step_variable"] * work.variables
    own = cost["number"] * work.numbers + cost["turn"] * work.turns + cost["bent"] * work.bent
    if not kind.endswith("_members"):
        return begin + networks * steps * (one + own)
    return begin + steps * (one + networks * (cost["member_variable"] * work.variables + own))


@cache
def costs() -> Mapping[str, Mapping[str, float]]:
    """The table: kind of trainer -> name -> seconds."""
    table: dict[str, dict[str, float]] = json.loads(TABLE.read_text("utf-8"))["seconds"]
    return table
