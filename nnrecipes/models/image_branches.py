"""Pixels -> one vector an image: a small convolutional net, residual or inception blocks, or a body of Keras' own.

Rescaling is a layer of the network, as are resizing and augmentation before it.

| branch | paper |
|---|---|
| conv | LeCun et al., 1998, doi:10.1109/5.726791 |
| residual | He et al., 2016, arXiv:1512.03385 |
| inception | Szegedy et al., 2015, arXiv:1409.4842 |
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from nnrecipes.errors import ConfigError
from nnrecipes.layers.dropout import Dropout

MOMENTUM = 0.9
"""Of the moving statistics: they follow within tens of updates; Keras' .99 takes hundreds, which small data lack."""
SCALES: dict[str, tuple[Any, Any]] = {
    "unit": (1 / 255, 0.0),
    "signed": (1 / 127.5, -1.0),
    "imagenet": ([1 / (255 * s) for s in (0.229, 0.224, 0.225)],
                 [-m / s for m, s in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]),
    "caffe": (1.0, [-103.939, -116.779, -123.68]),
    "none": (1.0, 0.0),
}  # fmt: skip
"""How pixels from 0 to 255 are scaled: factor and offset; ``caffe`` takes blue, green, red."""
BODIES = {
    "MobileNet": "signed", "MobileNetV2": "signed", "MobileNetV3Small": "none", "MobileNetV3Large": "none",
    "EfficientNetB0": "none", "EfficientNetV2B0": "none", "EfficientNetV2S": "none", "ResNet50": "caffe",
    "ResNet50V2": "signed", "VGG16": "caffe", "DenseNet121": "imagenet", "InceptionV3": "signed",
    "Xception": "signed", "NASNetMobile": "signed", "ConvNeXtTiny": "none",
}  # fmt: skip
"""Bodies of ``keras.applications`` -> how they take pixels."""


def conv_branch(
    images: Any,
    *,
    name: str,
    filters: Sequence[int] = (16, 32, 64),
    kernel_size: int = 3,
    convolutions: int = 1,
    pooling: str = "average",
    batch_norm: bool = True,
    activation: str = "relu",
    dropout: float = 0.0,
) -> Any:
    """Blocks of convolutions, each of which ends in 2 x 2 pooling: ``(batch, height, width, channels)`` -> vectors.

    Args:
        images: Pixels 0 to 255.
        name: What the layers' names begin with.
        filters: Of the convolutions, a block each.
        kernel_size: Of all convolutions, pixels.
        convolutions: A block.
        pooling: Over what is left of height and width: ``average``, ``max`` or ``flatten``.
        batch_norm: Whether BatchNormalization follows each convolution.
        activation: Of all convolutions.
        dropout: Rate after each block.
    """
    x = scaled(images, "unit", name)
    for block, count in enumerate(filters, start=1):
        for number in range(1, convolutions + 1):
            x = _conv(x, count, kernel_size, f"{name}_conv_{block}_{number}", batch_norm, activation)
        x = _halve(x, f"{name}_pool_{block}")
        x = Dropout(dropout, name=f"{name}_dropout_{block}")(x) if dropout else x
    return pooled(x, pooling, name)


def residual_branch(
    images: Any,
    *,
    name: str,
    filters: Sequence[int] = (16, 32, 64),
    blocks: int = 1,
    pooling: str = "average",
    batch_norm: bool = True,
    activation: str = "relu",
    dropout: float = 0.0,
) -> Any:
    """Pairs of 3 x 3 convolutions around which the input is added; each stage but the first halves height and width.

    Args:
        images: Pixels 0 to 255.
        name: What the layers' names begin with.
        filters: Of the stages.
        blocks: Pairs a stage.
        pooling: As in :func:`conv_branch`.
        batch_norm: Whether BatchNormalization follows each convolution.
        activation: Of all convolutions.
        dropout: Rate after each stage.
    """
    x = _conv(scaled(images, "unit", name), filters[0], 3, f"{name}_stem", batch_norm, activation)
    for stage, count in enumerate(filters, start=1):
        for block in range(1, blocks + 1):
            label, strides = f"{name}_residual_{stage}_{block}", 2 if stage > 1 and block == 1 else 1
            way = _conv(x, count, 3, f"{label}_a", batch_norm, activation, strides)
            way = _conv(way, count, 3, f"{label}_b", batch_norm, "linear")
            if strides > 1 or x.shape[-1] != count:
                x = keras.layers.Conv2D(count, 1, strides=strides, padding="same", name=f"{label}_shortcut")(x)
            x = keras.layers.Add(name=f"{label}_add")([x, way])
            x = keras.layers.Activation(activation, name=f"{label}_out")(x)
        x = Dropout(dropout, name=f"{name}_dropout_{stage}")(x) if dropout else x
    return pooled(x, pooling, name)


def inception_branch(
    images: Any,
    *,
    name: str,
    filters: Sequence[int] = (16, 32, 64),
    pooling: str = "average",
    batch_norm: bool = True,
    activation: str = "relu",
    dropout: float = 0.0,
) -> Any:
    """Blocks of four ways side by side: 1 x 1, 3 x 3 and 5 x 5 convolutions and a pool; 2 x 2 pooling between them.

    Args:
        images: Pixels 0 to 255.
        name: What the layers' names begin with.
        filters: Of the blocks; each way has a quarter of them.
        pooling: As in :func:`conv_branch`.
        batch_norm: Whether BatchNormalization follows each convolution.
        activation: Of all convolutions.
        dropout: Rate after each block.
    """
    x = scaled(images, "unit", name)
    for block, count in enumerate(filters, start=1):
        label, each = f"{name}_inception_{block}", max(count // 4, 1)
        ways = [_conv(x, each, 1, f"{label}_1x1", batch_norm, activation)]
        for size in (3, 5):
            narrow = _conv(x, each, 1, f"{label}_{size}x{size}_narrow", batch_norm, activation)
            ways.append(_conv(narrow, each, size, f"{label}_{size}x{size}", batch_norm, activation))
        pool = keras.layers.MaxPooling2D(3, 1, "same", name=f"{label}_max")(x)
        ways.append(_conv(pool, each, 1, f"{label}_pool", batch_norm, activation))
        x = _halve(keras.layers.Concatenate(name=label)(ways), f"{name}_pool_{block}")
        x = Dropout(dropout, name=f"{name}_dropout_{block}")(x) if dropout else x
    return pooled(x, pooling, name)


def application_branch(
    images: Any,
    *,
    name: str,
    body: str = "MobileNetV2",
    weights: str | None = None,
    trainable: bool = False,
    pooling: str = "average",
    dropout: float = 0.0,
) -> Any:
    """A body of ``keras.applications`` without its head.

    Args:
        images: Pixels 0 to 255; grey ones are given to the body three times.
        name: What the layers' names begin with.
        body: The class of ``keras.applications``.
        weights: A local file with its weights (``*_notop.h5`` or ``*.weights.h5``); random ones otherwise.
        trainable: Whether training changes the body; its BatchNormalization stays as it is in either case.
        pooling: As in :func:`conv_branch`.
        dropout: Rate after the pooling.

    Raises:
        ConfigError: The file is not there, or is not of this body.
    """
    if weights is not None and not Path(weights).is_file():
        raise ConfigError(f"model.branches.{name}.weights: expected a file of weights. Received: {weights!r}.")
    if images.shape[-1] == 1:
        images = keras.layers.Concatenate(name=f"{name}_colours")([images] * 3)
    shape = tuple(images.shape[1:])
    own: dict[str, Any] = {"dropout": 0.0} if body == "MobileNet" else {}
    try:
        model = getattr(keras.applications, body)(include_top=False, weights=weights, input_shape=shape,
                                                  name=f"{name}_body", **own)  # fmt: skip
    except (ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        expected = f"{body} to take images of {shape[0]} x {shape[1]} pixels and these weights"
        raise ConfigError(f"model.branches.{name}: expected {expected}. Received: {reason}") from error
    model.trainable = trainable
    x = pooled(model(scaled(images, BODIES[body], name), training=False), pooling, name)
    return Dropout(dropout, name=f"{name}_dropout")(x) if dropout else x


def scaled(images: Any, way: str, name: str) -> Any:
    """Return pixels as a body takes them."""
    factor, offset = SCALES[way]
    if way == "caffe":
        images = keras.ops.flip(images, axis=-1)
    return keras.layers.Rescaling(factor, offset, name=f"{name}_rescaling")(images)


def pooled(x: Any, pooling: str, name: str) -> Any:
    """``(batch, height, width, channels)`` -> ``(batch, width)``."""
    layers: Mapping[str, Any] = {"average": keras.layers.GlobalAveragePooling2D,
                                 "max": keras.layers.GlobalMaxPooling2D, "flatten": keras.layers.Flatten}  # fmt: skip
    return layers[pooling](name=f"{name}_{pooling}")(x)


def _conv(x: Any, filters: int, size: int, name: str, batch_norm: bool, activation: str, strides: int = 1) -> Any:
    own = "linear" if batch_norm else activation
    layer = keras.layers.Conv2D(filters, size, strides=strides, padding="same", activation=own,
                                use_bias=not batch_norm, name=name)  # fmt: skip
    x = layer(x)
    if batch_norm:
        x = keras.layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_batch_norm")(x)
        x = keras.layers.Activation(activation, name=f"{name}_activation")(x)
    return x


def _halve(x: Any, name: str) -> Any:
    """Pool 2 x 2, where there are two pixels to pool."""
    return keras.layers.MaxPooling2D(2, name=name)(x) if min(x.shape[1:3]) > 1 else x
