"""The kinds of autoencoders, with their builders' keyword names and defaults, and how rows are compared with theirs."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.base import NonNegative, PositiveInt, Rate, Section, Units
from nnrecipes.config.names import Activation

Noise = Literal["gaussian", "masking", "salt_and_pepper"]
NumberLoss = Literal["binary_crossentropy", "mean_squared_error", "mean_absolute_error"]


class DenseAutoencoderConfig(Section):
    """``build_dense_autoencoder``: Dense layers down to a code and up again."""

    kind: Literal["dense_autoencoder"] = "dense_autoencoder"
    hidden_units: Units = (128, 64)
    latent_dim: PositiveInt = 32
    activation: Activation = "relu"
    code_activation: Activation = "relu"
    output_activation: Activation = "sigmoid"
    batch_norm: bool = False
    tied_weights: bool = False
    sparsity: NonNegative = 0.0
    dropout: Rate = 0.0
    l2: NonNegative = 0.0


class DenoisingAutoencoderConfig(Section):
    """``build_denoising_autoencoder``: noise in front of a dense, convolutional or U-Net body, which has to undo it."""

    kind: Literal["denoising_autoencoder"] = "denoising_autoencoder"
    body: Literal["dense", "conv", "unet"] = "dense"
    noise: Noise = "gaussian"
    noise_level: NonNegative = 0.5
    fresh_noise: bool = True
    hidden_units: Units = (128, 64)
    latent_dim: PositiveInt = 32
    filters: Annotated[Units, Field(min_length=1)] = (16, 32)
    stride: Literal[1, 2] = 1
    activation: Activation = "relu"
    code_activation: Activation = "relu"
    output_activation: Activation = "sigmoid"
    batch_norm: bool = False
    dropout: Rate = 0.0


class VariationalAutoencoderConfig(Section):
    """``build_variational_autoencoder``: the code is drawn from a normal distribution, close to the standard one."""

    kind: Literal["variational_autoencoder"] = "variational_autoencoder"
    hidden_units: Units = (256, 128)
    latent_dim: PositiveInt = 16
    activation: Activation = "relu"
    output_activation: Activation = "sigmoid"
    batch_norm: bool = False
    beta: NonNegative = 1.0
    anneal_steps: PositiveInt = 500


AutoencoderConfig = DenseAutoencoderConfig | DenoisingAutoencoderConfig | VariationalAutoencoderConfig


class ReconstructionConfig(Section):
    """How an autoencoder's rows are compared with what it makes of them, and which of them are normal.

    ``loss`` is of numbers: binary cross-entropy where the output is a sigmoid, else the squared error. Of categories
    (one-hot columns) it is the cross-entropy of each column in any case. With ``normal`` only rows of these classes of
    the label train and validate; the others are anomalies, to be found among the test rows. A row is reported where its
    error is above that of all but the share ``contamination`` of the validation rows. ``neighbours`` is the k of the
    nearest neighbours that codes are scored by.
    """

    loss: NumberLoss | None = None
    normal: tuple[str, ...] = ()
    contamination: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    neighbours: PositiveInt = 10
