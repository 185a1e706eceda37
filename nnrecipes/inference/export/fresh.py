"""Run by path in a process of its own: load an exported file in its own runtime, answer rows, write the answers.

    python -I fresh.py KIND FILE ROWS.npz KEYS.json ANSWERS.npz

It imports numpy and the runtime; of the package nothing, and nothing of it can be imported. ``ROWS.npz`` has a batch or
more, ``b0_c0``, ``b0_c1``, ..., ``b1_c0``; strings stand in it as numpy's fixed-width text. ``KEYS.json`` has the
name of each array's column and its name in a signature.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def main(kind: str, file: str, given: str, keys: str, out: str) -> None:
    """Load, answer, write."""
    sys.modules["nnrecipes"] = None  # type: ignore[assignment]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np

    columns = json.loads(Path(keys).read_text("utf-8"))
    with np.load(given) as archive:
        count = len(archive.files) // len(columns)
        batches = [{key if kind == "litert" else name: archive[f"b{number}_c{place}"]
                    for place, (name, key) in enumerate(columns)} for number in range(count)]  # fmt: skip
    answer = {"keras": _keras, "saved_model": _saved_model, "onnx": _onnx, "litert": _litert}[kind](file)
    found = [answer(batch) for batch in batches]
    answers = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    texts = [values.astype(str) if values.dtype.kind in "OS" else values for values in answers.values()]
    arrays: dict[str, Any] = {f"a{place}": values for place, values in enumerate(texts)}
    np.savez(out, names=np.array(list(answers)), **arrays)


def _keras(file: str) -> Answer:
    import keras
    import tensorflow as tf

    model = keras.saving.load_model(file, safe_mode=True)
    return lambda rows: _decoded(model({name: tf.constant(values) for name, values in rows.items()}, training=False))


def _saved_model(file: str) -> Answer:
    import tensorflow as tf

    loaded = tf.saved_model.load(file)
    return lambda rows: _decoded(loaded.serve({name: tf.constant(values) for name, values in rows.items()}))


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    return {name: np.char.decode(values.numpy().astype(bytes), "utf-8") if values.dtype == "string" else values.numpy()
            for name, values in found.items()}  # fmt: skip


def _onnx(file: str) -> Answer:
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]

    def answer(rows: dict[str, Any]) -> dict[str, Any]:
        given = {name: values.astype(object) if values.dtype.kind == "U" else values for name, values in rows.items()}
        return dict(zip(names, session.run(names, given), strict=True))

    return answer


def _litert(file: str) -> Answer:
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(file).get_signature_runner("serve")

    def answer(rows: dict[str, Any]) -> dict[str, Any]:
        given = {name: np.char.encode(values, "utf-8").astype(object) if values.dtype.kind == "U" else values
                 for name, values in rows.items()}  # fmt: skip
        return {name: np.char.decode(values.astype(bytes), "utf-8") if values.dtype == object else values
                for name, values in runner(**given).items()}  # fmt: skip

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
