"""The core -> an ONNX model: the core by tf2onnx, ``ai.onnx.ml.LabelEncoder`` nodes for strings around it."""

from typing import Any

import tensorflow as tf

from nnrecipes.inference.export.core import Core
from nnrecipes.inference.export.names import CODES
from nnrecipes.inference.export.quiet import quiet

OPSET = 18


def onnx_model(core: Core) -> Any:
    """Return the ONNX model, a column an input and an answer an output, checked."""
    import onnx
    from onnx import helper

    graph = _converted(core).graph
    inputs, before, given = _inputs(core)
    outputs, behind, made = _outputs(core)
    taken = {name: name for name in (*core.inputs.values(), *core.outputs.values())}
    names = _short_names(graph, given | made, taken)
    for each in _graphs(graph):
        _rename(each, names)
    whole = helper.make_graph([*before, *graph.node, *behind], "answers", inputs, outputs, list(graph.initializer))
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=8, producer_name="nnrecipes")
    onnx.checker.check_model(model)
    return model


def _converted(core: Core) -> Any:
    """The core as tf2onnx gives it; the inputs are called ``in_0``, ... and the outputs ``out_0``, ..."""
    specs = [tf.TensorSpec(core.model.input[key].shape, core.model.input[key].dtype, name=key) for key in core.inputs]

    @tf.function(input_signature=specs)  # type: ignore[untyped-decorator]
    def answer(*tensors: Any) -> Any:
        found = core.model(dict(zip([spec.name for spec in specs], tensors, strict=True)), training=False)
        return {key: tf.identity(found[key], name=key) for key in core.outputs}

    with quiet():
        import tf2onnx

        return tf2onnx.convert.from_function(answer, input_signature=specs, opset=OPSET)[0]


def _inputs(core: Core) -> tuple[list[Any], list[Any], dict[str, str]]:
    """Descriptions of the inputs, nodes before the core, and the core's inputs by their new names."""
    from onnx import TensorProto, helper

    columns = {column.name: column for column in core.columns}
    kinds = {"string": TensorProto.STRING, "uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT,
             "int32": TensorProto.INT32}  # fmt: skip
    infos, nodes, given = [], [], {}
    for key, name in core.inputs.items():
        given[key] = name
        if name in (core.packed or ()):
            inside = core.packed[name]  # type: ignore[index]
            kind = TensorProto.STRING if name == CODES else TensorProto.DOUBLE
            infos.append(helper.make_tensor_value_info(name, kind, ["rows", len(inside)]))
            if name == CODES:
                nodes += _lookups(key, name, [columns[column].levels for column in inside])
                given[key] = f"{key}.code"
            continue
        tensor = core.model.input[key]
        column = columns.get(name)
        if core.packed is not None or column is None:
            infos.append(helper.make_tensor_value_info(name, kinds[tensor.dtype], ["rows", *tensor.shape[1:]]))
            continue
        infos.append(helper.make_tensor_value_info(name, kinds[column.dtype], ["rows", *_sizes(name, column.taken)]))
        if column.kind == "category":
            nodes += _lookups(key, name, [column.levels])
            given[key] = f"{key}.code"
    return infos, nodes, given


def _sizes(name: str, shape: tuple[int | None, ...]) -> list[int | str]:
    """Sizes that are open have a name each; the history of a recommender has one, an image two."""
    free = ("items",) if len(shape) == 1 else (f"{name} height", f"{name} width")
    return [free[place] if size is None or size == 0 else size for place, size in enumerate(shape)]


def _lookups(key: str, name: str, levels: list[tuple[str, ...]]) -> list[Any]:
    """Strings ``(rows, columns)`` to codes, a table a column."""
    from onnx import TensorProto, helper

    nodes, parts = [], [name]
    if len(levels) > 1:
        parts = [f"{key}.part_{i}" for i in range(len(levels))]
        nodes.append(helper.make_node("Split", [name], parts, axis=1, num_outputs=len(parts)))
    places = [f"{key}.place_{i}" for i in range(len(levels))]
    for part, place, each in zip(parts, places, levels, strict=True):
        known = list(dict.fromkeys((*each, "")))
        nodes.append(helper.make_node("LabelEncoder", [part], [place], domain="ai.onnx.ml", default_int64=0,
                                      keys_strings=known, values_int64s=list(range(1, len(known) + 1))))  # fmt: skip
    if len(places) > 1:
        nodes.append(helper.make_node("Concat", places, [f"{key}.places"], axis=1))
    whole = f"{key}.places" if len(places) > 1 else places[0]
    return [*nodes, helper.make_node("Cast", [whole], [f"{key}.code"], to=TensorProto.INT32)]


def _outputs(core: Core) -> tuple[list[Any], list[Any], dict[str, str]]:
    """Descriptions of the outputs, nodes behind the core, and the core's outputs by their new names."""
    from onnx import TensorProto, helper

    infos, nodes, made = [], [], {}
    shapes = {key: tuple(tensor.shape[1:]) for key, tensor in core.model.output.items()}
    for key, name in core.outputs.items():
        if name in core.classes:
            classes = core.classes[name]
            infos.append(helper.make_tensor_value_info(name, TensorProto.STRING, ["rows", *shapes[key]]))
            made[key] = f"{key}.place"
            nodes += [helper.make_node("Cast", [f"{key}.place"], [f"{key}.wide"], to=TensorProto.INT64),
                      helper.make_node("LabelEncoder", [f"{key}.wide"], [name], domain="ai.onnx.ml", default_string="",
                                       keys_int64s=list(range(1, len(classes) + 1)),
                                       values_strings=list(classes))]  # fmt: skip
            continue
        whole = "int" in core.model.output[key].dtype
        kind = TensorProto.INT32 if whole else TensorProto.FLOAT
        infos.append(helper.make_tensor_value_info(name, kind, ["rows", *shapes[key]]))
        made[key] = name
    return infos, nodes, made


def _short_names(graph: Any, ends: dict[str, str], taken: dict[str, str]) -> dict[str, str]:
    """Every name of the graph -> one that is short and nobody else's; those of ``ends`` as they are told."""
    found = {"": ""} | {f"{key}{mark}": name for key, name in ends.items() for mark in ("", ":0")}
    inside = [name for each in _graphs(graph) for part in (each.initializer, each.input) for name in _names(part)]
    inside += [name for each in _graphs(graph) for node in each.node for name in node.output]
    for name in inside:
        if name not in found:
            short = f"t{len(found)}"
            while short in taken:
                short += "_"
            found[name] = short
    return found


def _names(values: Any) -> list[str]:
    return [value.name for value in values]


def _graphs(graph: Any) -> list[Any]:
    """A graph and those within its nodes: the bodies of loops and branches."""
    inner = [attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g")]
    return [graph, *(deeper for each in inner for deeper in _graphs(each))]


def _rename(graph: Any, names: dict[str, str]) -> None:
    for node in graph.node:
        node.name, node.doc_string = "", ""
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    for value in (*graph.initializer, *graph.input, *graph.output, *graph.value_info):
        value.name = names.get(value.name, value.name)
