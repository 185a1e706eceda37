"""Networks of one architecture -> one network that gives the mean of what they give.

::

    y = (f_1(x) + ... + f_n(x)) / n

Of classes it is the mean of the probabilities. The error of the mean is the members' mean error less their spread
around the mean, so it is never above it where the loss is convex (Krogh and Vedelsby 1995).

Vectors of several networks have no mean, as no axis of one is that of another; they stand side by side, so that the
cosine of two rows is the mean of the members' cosines.

Members may see different inputs; the new network takes them all and gives each member its own.
"""

from collections.abc import Mapping, Sequence

import keras

from nnrecipes.models.unwrap import unwrap


def build_ensemble(
    *, members: Sequence[keras.Model], output_names: Sequence[str], vectors: Sequence[str] = ()
) -> keras.Model:
    """Return an uncompiled model of the members' inputs whose outputs are the means of theirs.

    Args:
        members: Two or more built models with the same outputs; inputs of one name are one. They keep their weights,
            which the new model shares, and are named ``member_0``, ``member_1``, ...
        output_names: Names of the outputs, in the members' order.
        vectors: Those of them that are vectors of length 1, which come side by side, again at length 1.

    Raises:
        ValueError: Fewer than two members.

    Example:
        >>> member = lambda: keras.Sequential([keras.Input((2,), name="x"), keras.layers.Dense(1, name="y")])
        >>> mean = build_ensemble(members=[member(), member()], output_names=["y"])
        >>> mean.output_shape, mean.count_params()
        ((None, 1), 6)
    """
    if len(members) < 2:
        raise ValueError(f"members: expected two or more. Received: {len(members)}.")
    seen = {item.name: item for member in members for item in member.inputs}
    inputs = {
        name: keras.Input(item.shape[1:], dtype=item.dtype, sparse=item.sparse, name=name)
        for name, item in seen.items()
    }
    for place, member in enumerate(members):
        member.name = f"member_{place}"
    found = [_named(member(unwrap({item.name: inputs[item.name] for item in member.inputs})), output_names)
             for member in members]  # fmt: skip
    outputs = {}
    for name in output_names:
        given = [each[name] for each in found]
        if name in vectors:
            beside = keras.layers.Concatenate(name=f"{name}_beside")(given)
            outputs[name] = keras.layers.UnitNormalization(name=name)(beside)
        else:
            outputs[name] = keras.layers.Average(name=name)(given)
    return keras.Model(unwrap(inputs), unwrap(outputs), name="ensemble")


def _named(result: object, names: Sequence[str]) -> dict[str, keras.KerasTensor]:
    if isinstance(result, Mapping):
        return dict(result)
    several = list(result) if isinstance(result, list | tuple) else [result]
    return dict(zip(names, several, strict=True))
