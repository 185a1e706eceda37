"""Boxes and arrows -> where to draw them: by Graphviz' ``dot`` where that program is, else layer by layer here.

Here a box's depth is its longest path from an input. An arrow over several depths goes through an invisible box on each
of them, so that it passes other boxes by; boxes of a depth are then ordered by the mean place of their neighbours.

References:
    Sugiyama, Tagawa and Toda (1981), Methods for Visual Understanding of Hierarchical System Structures.
    https://doi.org/10.1109/TSMC.1981.4308636
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Point = tuple[float, float]
GAP_X, GAP_Y = 0.35, 0.42  # inches between boxes
WAYPOINT = 0.15  # inches: width of an arrow's place between boxes
SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes and paths of the arrows, in inches from the lower left corner.

    Args:
        size: Width and height of the drawing.
        centres: One point a box.
        paths: One list of points an arrow; of a ``curved`` layout the control points of cubic Bezier curves.
        curved: Whether ``dot`` made it.
    """

    size: Point
    centres: tuple[Point, ...]
    paths: tuple[tuple[Point, ...], ...]
    curved: bool = False


def dot_layout(sizes: Sequence[Point], arrows: Sequence[tuple[int, int]]) -> Layout | None:
    """Return the layout of ``dot``, or None where the program is missing or fails."""
    if shutil.which("dot") is None:
        return None
    import pydot

    graph = pydot.Dot(graph_type="digraph", nodesep=str(GAP_X), ranksep=str(GAP_Y))
    for k, (width, height) in enumerate(sizes):
        graph.add_node(
            pydot.Node(f"n{k}", shape="box", fixedsize="true", width=f"{width:.3f}", height=f"{height:.3f}", label="")
        )
    for tail, head in arrows:
        graph.add_edge(pydot.Edge(f"n{tail}", f"n{head}", arrowhead="none"))
    try:
        return _read_plain(graph.create(prog="dot", format="plain").decode("utf-8"), len(sizes), arrows)
    except (OSError, AssertionError, KeyError, ValueError, IndexError):
        return None


def _read_plain(text: str, boxes: int, arrows: Sequence[tuple[int, int]]) -> Layout:
    """Read ``dot -Tplain``: ``node name x y ...`` and ``edge tail head n x1 y1 ... xn yn ...``, in inches."""
    size, centres, paths = (0.0, 0.0), {}, {}
    for line in text.replace("\\\n", "").splitlines():
        kind, *words = line.split()
        if kind == "graph":
            size = (float(words[1]), float(words[2]))
        elif kind == "node":
            centres[words[0]] = (float(words[1]), float(words[2]))
        elif kind == "edge":
            numbers = [float(word) for word in words[3 : 3 + 2 * int(words[2])]]
            paths[words[0], words[1]] = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return Layout(
        size, tuple(centres[f"n{k}"] for k in range(boxes)), tuple(paths[f"n{a}", f"n{b}"] for a, b in arrows), True
    )


def layered_layout(sizes: Sequence[Point], arrows: Sequence[tuple[int, int]]) -> Layout:
    """Return a layout by depth, inputs on top.

    Example:
        >>> layered_layout([(1.0, 0.5), (1.0, 0.5)], [(0, 1)]).centres
        ((0.5, 1.17), (0.5, 0.25))
    """
    depth = _depths(len(sizes), arrows)
    chains, links, widths = _with_waypoints(sizes, arrows, depth)
    order = _order(depth, links)
    x = _places(order, links, widths)
    low, high = min(x[k] - widths[k] / 2 for k in range(len(x))), max(x[k] + widths[k] / 2 for k in range(len(x)))
    tallest = [max((sizes[k][1] for k in row if k < len(sizes)), default=0.0) for row in order]
    tops = [sum(tallest[:d]) + GAP_Y * d for d in range(len(order))]
    total = tops[-1] + tallest[-1]
    points = [(round(x[k] - low, 3), round(total - tops[d] - tallest[d] / 2, 3)) for k, d in enumerate(depth)]
    paths = []
    for chain in chains:
        first, last = points[chain[0]], points[chain[-1]]
        start = (first[0], first[1] - sizes[chain[0]][1] / 2)
        end = (last[0], last[1] + sizes[chain[-1]][1] / 2)
        sides = [(points[k][0], points[k][1] + s * tallest[depth[k]] / 2) for k in chain[1:-1] for s in (1, -1)]
        paths.append((start, *sides, end))
    return Layout((high - low, total), tuple(points[: len(sizes)]), tuple(paths))


def _depths(boxes: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    depth = [0] * boxes
    for _ in range(boxes):
        moved = False
        for tail, head in arrows:
            if depth[head] <= depth[tail] < boxes:
                depth[head], moved = depth[tail] + 1, True
        if not moved:
            break
    return depth


def _with_waypoints(
    sizes: Sequence[Point], arrows: Sequence[tuple[int, int]], depth: list[int]
) -> tuple[Any, Any, list[float]]:
    """Return each arrow's chain of boxes, links of neighbours and all widths; ``depth`` grows by the waypoints'."""
    widths = [width for width, _ in sizes]
    chains, links = [], []
    for tail, head in arrows:
        chain = [tail]
        for level in range(depth[tail] + 1, depth[head]):
            chain.append(len(depth))
            depth.append(level)
            widths.append(WAYPOINT)
        chain.append(head)
        chains.append(chain)
        links += list(pairwise(chain))
    return chains, links, widths


def _order(depth: Sequence[int], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    order: list[list[int]] = [[] for _ in range(max(depth) + 1)]
    for k, d in enumerate(depth):
        order[d].append(k)
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for tail, head in links:
        above.setdefault(head, []).append(tail)
        below.setdefault(tail, []).append(head)
    for sweep in range(SWEEPS):
        near, rows = (above, order[1:]) if sweep % 2 == 0 else (below, order[-2::-1])
        place = {k: p / max(len(row) - 1, 1) if len(row) > 1 else 0.5 for row in order for p, k in enumerate(row)}
        for row in rows:
            row.sort(key=lambda k, near=near, place=place: _mean([place[j] for j in near.get(k, [k])]))  # type: ignore[misc]
            place |= {k: p / (len(row) - 1) if len(row) > 1 else 0.5 for p, k in enumerate(row)}
    return order


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _places(order: Sequence[Sequence[int]], links: Sequence[tuple[int, int]], widths: Sequence[float]) -> list[float]:
    """Return x of each box: rows are packed around 0, then each box moves to its neighbours as far as it is free."""
    x = [0.0] * len(widths)
    near = _pulls(links, widths)
    for row in order:
        left = -(sum(widths[k] for k in row) + GAP_X * (len(row) - 1)) / 2
        for k in row:
            x[k] = left + widths[k] / 2
            left += widths[k] + GAP_X
    for sweep in range(8 * SWEEPS):
        forward = sweep % 2 == 0
        for row in order if forward else order[::-1]:
            for p in range(len(row)) if forward else range(len(row) - 1, -1, -1):
                k, wanted = row[p], near.get(row[p], {row[p]: 1.0})
                low = x[row[p - 1]] + (widths[row[p - 1]] + widths[k]) / 2 + GAP_X if p else float("-inf")
                last = p == len(row) - 1
                high = float("inf") if last else x[row[p + 1]] - (widths[row[p + 1]] + widths[k]) / 2 - GAP_X
                middle = sum(pull * x[j] for j, pull in wanted.items()) / sum(wanted.values())
                x[k] = min(max(middle, low), high)
    return x


def _pulls(links: Sequence[tuple[int, int]], widths: Sequence[float]) -> dict[int, dict[int, float]]:
    """How hard each box is drawn to each neighbour: chains and waypoints, which should be straight, harder."""
    heads = Counter(tail for tail, _ in links)
    tails = Counter(head for _, head in links)
    near: dict[int, dict[int, float]] = {}
    for tail, head in links:
        waypoints = (widths[tail] == WAYPOINT) + (widths[head] == WAYPOINT)
        pull = (1.0, 2.0, 8.0)[waypoints] if waypoints else 8.0 if heads[tail] == tails[head] == 1 else 1.0
        near.setdefault(head, {})[tail] = pull
        near.setdefault(tail, {})[head] = pull
    return near
