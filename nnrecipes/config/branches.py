"""The branches of a multimodal model: one class a way from an input to its vector, with its builder's names."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from nnrecipes.config.base import FilePath, NonNegative, PositiveInt, Rate, Section, Units, kind_or
from nnrecipes.config.names import Activation

Filters = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
Pooling = Literal["average", "max", "flatten"]
StepPooling = Literal["average", "max", "both", "flatten"]
Merge = Literal["concatenate", "average", "max"]
Share = Annotated[float, Field(ge=0, le=1)]


class DenseBranch(Section):
    """Numbers as they are, category codes through an embedding a column; then Dense blocks.

    ``embedding_dim`` is ``min(50, round(1.6 * categories ** 0.56))`` where it is left out.
    """

    kind: Literal["dense"] = "dense"
    hidden_units: Units = ()
    embedding_dim: PositiveInt | None = None


class AugmentationConfig(Section):
    """How training moves images at random: shares of the size, of a full turn, of the contrast and brightness."""

    flip: Literal["none", "horizontal", "vertical", "horizontal_and_vertical"] = "none"
    translation: Share = 0.0
    rotation: Share = 0.0
    zoom: Share = 0.0
    contrast: Share = 0.0
    brightness: Share = 0.0


class ImageBranch(Section):
    """What all branches of images share.

    Args:
        augmentation: Random moves, in training only.
        resize: Height and width in pixels, within the network.
        merge: How the vectors of several images a row become one.
        hidden_units: Of Dense blocks behind the net.
        pooling: Over what is left of height and width.
    """

    augmentation: AugmentationConfig = AugmentationConfig()
    resize: tuple[PositiveInt, PositiveInt] | None = None
    merge: Merge = "concatenate"
    hidden_units: Units = ()
    pooling: Pooling = "average"


class ConvBranch(ImageBranch):
    """Blocks of convolutions and pooling."""

    kind: Literal["conv"] = "conv"
    filters: Filters = (16, 32, 64)
    kernel_size: PositiveInt = 3
    convolutions: PositiveInt = 1
    batch_norm: bool = True
    activation: Activation = "relu"
    dropout: Rate = 0.0


class ResidualBranch(ImageBranch):
    """Pairs of convolutions around which the input is added."""

    kind: Literal["residual"] = "residual"
    filters: Filters = (16, 32, 64)
    blocks: PositiveInt = 1
    batch_norm: bool = True
    activation: Activation = "relu"
    dropout: Rate = 0.0


class InceptionBranch(ImageBranch):
    """Blocks of 1 x 1, 3 x 3 and 5 x 5 convolutions and a pool, side by side."""

    kind: Literal["inception"] = "inception"
    filters: Filters = (16, 32, 64)
    batch_norm: bool = True
    activation: Activation = "relu"
    dropout: Rate = 0.0


class ApplicationBranch(ImageBranch):
    """A body of ``keras.applications``, with weights from a local file."""

    kind: Literal["application"] = "application"
    body: Literal["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "EfficientNetB0",
                  "EfficientNetV2B0", "EfficientNetV2S", "ResNet50", "ResNet50V2", "VGG16", "DenseNet121",
                  "InceptionV3", "Xception", "NASNetMobile", "ConvNeXtTiny"] = "MobileNetV2"  # fmt: skip
    weights: FilePath | None = None
    trainable: bool = False
    dropout: Rate = 0.0


class SequenceBranch(Section):
    """What all branches of texts and series share; the embedding is that of a text's tokens."""

    embedding_dim: PositiveInt = 64
    embedding_dropout: Rate = 0.0
    hidden_units: Units = ()


class MeanBranch(SequenceBranch):
    """The mean of the steps."""

    kind: Literal["mean"] = "mean"
    pooling: StepPooling = "average"


class Conv1DBranch(SequenceBranch):
    """Convolutions over the steps, of several widths side by side."""

    kind: Literal["conv1d"] = "conv1d"
    filters: Filters = (64,)
    kernel_sizes: Filters = (3,)
    pool: PositiveInt = 1
    pooling: StepPooling = "max"
    batch_norm: bool = False
    activation: Activation = "relu"
    dropout: Rate = 0.0


class RecurrentBranch(SequenceBranch):
    """LSTM or GRU layers."""

    kind: Literal["recurrent"] = "recurrent"
    cell: Literal["gru", "lstm"] = "gru"
    units: Filters = (32,)
    bidirectional: bool = False
    pooling: Literal["last", "average", "max", "both", "flatten"] = "last"
    dropout: Rate = 0.0


class TransformerBranch(SequenceBranch):
    """A small transformer encoder."""

    kind: Literal["transformer"] = "transformer"
    width: PositiveInt = 64
    heads: PositiveInt = 4
    blocks: PositiveInt = 1
    feed_forward_units: PositiveInt = 128
    pooling: StepPooling = "average"
    dropout: Rate = 0.1


class WeightedBranch(Section):
    """A text's TF-IDF vector times a matrix: a Dense layer over the vocabulary."""

    kind: Literal["weighted"] = "weighted"
    units: PositiveInt = 64
    l2: NonNegative = 0.0
    hidden_units: Units = ()


BranchConfig = Annotated[
    Annotated[DenseBranch, Tag("dense")]
    | Annotated[ConvBranch, Tag("conv")]
    | Annotated[ResidualBranch, Tag("residual")]
    | Annotated[InceptionBranch, Tag("inception")]
    | Annotated[ApplicationBranch, Tag("application")]
    | Annotated[MeanBranch, Tag("mean")]
    | Annotated[Conv1DBranch, Tag("conv1d")]
    | Annotated[RecurrentBranch, Tag("recurrent")]
    | Annotated[TransformerBranch, Tag("transformer")]
    | Annotated[WeightedBranch, Tag("weighted")],
    kind_or("dense"),
]

SEQUENCE = ("mean", "conv1d", "recurrent", "transformer")
FITTING: dict[str, tuple[str, ...]] = {
    "tabular": ("dense",),
    "categorical": ("dense",),
    "image": ("conv", "residual", "inception", "application"),
    "text": SEQUENCE,
    "tfidf": ("weighted",),
    "series": SEQUENCE,
}
"""Form of an input (its kind, or ``tfidf`` for a text with weights) -> the branches that it may have."""
DEFAULTS = {
    "tabular": "dense",
    "categorical": "dense",
    "image": "conv",
    "text": "mean",
    "tfidf": "weighted",
    "series": "conv1d",
}
