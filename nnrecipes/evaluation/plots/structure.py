"""A Keras model -> its layers as boxes and the tensors between them as arrows.

Functional models and ``Sequential`` ones know their graph. A subclassed model's calls are Python code that Keras does
not see: its layers are then listed without arrows.
"""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Box:
    """A call of a layer: its name, class, output shape and parameters; ``shared`` with an earlier call."""

    name: str
    kind: str
    shape: str
    parameters: int
    shared: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What is written in the box."""
        count = (
            f"{self.parameters:,} parameter{'s' * (self.parameters != 1)}{', shared' * self.shared}"
            if self.parameters
            else ""
        )
        return tuple(line for line in (self.name, self.kind, self.shape, count) if line)


@dataclass(frozen=True)
class Structure:
    """Boxes, arrows as pairs of box numbers, and whether the arrows are known."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]
    known: bool = True


def read_structure(model: Any) -> Structure:
    """Return the boxes and arrows of a model of any kind; never fails on a model that Keras accepts."""
    try:
        found = _sequential(model) if hasattr(model, "pop") and hasattr(model, "add") else _functional(model)
    except Exception:  # the graph is read from Keras' private tables: a drawing is not worth a crash
        found = None
    if found is not None and found.boxes:
        return found
    layers = list(getattr(model, "layers", []))
    return Structure(tuple(_box(layer) for layer in layers), (), known=False)


def _sequential(model: Any) -> Structure:
    boxes = [_box(layer) for layer in model.layers]
    if model.built:
        first = model.inputs[0]
        name = "input" if first.name.startswith("keras_tensor") else str(first.name)
        boxes.insert(0, Box(name, "InputLayer", _shape(first), 0))
    return Structure(tuple(boxes), tuple((k, k + 1) for k in range(len(boxes) - 1)))


def _functional(model: Any) -> Structure | None:
    """Return a box for each call of a layer, inputs first; a shared layer has one a call."""
    if not hasattr(model, "_nodes_by_depth"):
        return None
    nodes = [node for _, level in sorted(model._nodes_by_depth.items(), reverse=True) for node in level]
    numbers = {id(node): k for k, node in enumerate(nodes)}
    arrows = {(numbers[id(source)], numbers[id(node)]): None for node in nodes for source in node.parent_nodes}
    calls: dict[int, int] = {}
    boxes = []
    for node in nodes:
        call = calls[id(node.operation)] = calls.get(id(node.operation), 0) + 1
        box = replace(_box(node.operation), shape=_shape(node.output_tensors), shared=call > 1)
        boxes.append(box if call == 1 else replace(box, name=f"{box.name}, call {call}"))
    return Structure(tuple(boxes), tuple(arrows))


def _box(layer: Any) -> Box:
    kind = type(layer).__name__
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    if activation != "linear":
        kind = f"{kind} ({activation})"
    return Box(str(layer.name), kind, _output(layer), _parameters(layer))


def _output(layer: Any) -> str:
    try:
        return _shape(layer.output)
    except (AttributeError, ValueError, RuntimeError):
        return ""


def _parameters(layer: Any) -> int:
    try:
        return int(layer.count_params())
    except (AttributeError, ValueError):
        return 0


def _shape(tensors: Any) -> str:
    if isinstance(tensors, dict):
        return ", ".join(_shape(tensor) for tensor in tensors.values())
    if isinstance(tensors, list | tuple):
        return ", ".join(_shape(tensor) for tensor in tensors)
    return str(tuple(tensors.shape))
