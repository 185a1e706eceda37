"""Writes nnrecipes/config/keras_names.json: the Keras names and arguments that a recipe may use.

Run: python tests/architecture/generate_keras_names.py
"""

import inspect
import json
import os
import re
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
TABLE = Path(__file__).parents[2] / "nnrecipes" / "config" / "keras_names.json"
HIDDEN = {"self", "name", "dtype", "kwargs", "args", "trainable", "seed", "fn", "data_format", "reduction",
          "from_logits", "axis", "ignore_class", "label_weights", "num_labels", "multi_label", "lora_alpha", "lora_rank",
          "quantization_config", "from_sorted_ids"}  # fmt: skip
AXIS = {"BatchNormalization", "LayerNormalization", "UnitNormalization", "Softmax"}
NAMES = {
    "optimizers": "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Muon Nadam RMSprop SGD",
    "losses": "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy "
    "CategoricalHinge CosineSimilarity Hinge Huber KLDivergence LogCosh MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy "
    "SquaredHinge",
    "metrics": "AUC BinaryAccuracy BinaryCrossentropy CategoricalAccuracy CategoricalCrossentropy CosineSimilarity "
    "F1Score FBetaScore FalseNegatives FalsePositives Hinge KLDivergence LogCoshError MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError PearsonCorrelation Poisson Precision "
    "PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity "
    "SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity "
    "SquaredHinge TopKCategoricalAccuracy TrueNegatives TruePositives",
    "initializers": "Constant GlorotNormal GlorotUniform HeNormal HeUniform IdentityInitializer LecunNormal "
    "LecunUniform Ones OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros",
    "constraints": "MaxNorm MinMaxNorm NonNeg UnitNorm",
    "regularizers": "L1 L1L2 L2 OrthogonalRegularizer",
    "layers": "Dense Activation Dropout AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D "
    "BatchNormalization LayerNormalization UnitNormalization Flatten Reshape Rescaling Conv1D Conv2D SeparableConv2D "
    "DepthwiseConv2D MaxPooling1D MaxPooling2D AveragePooling2D GlobalAveragePooling1D GlobalAveragePooling2D "
    "GlobalMaxPooling1D Embedding LSTM GRU RepeatVector ZeroPadding2D ELU LeakyReLU PReLU ReLU Softmax",
}
ACTIVATIONS = (
    "celu elu exponential gelu hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax "
    "mish relu relu6 selu sigmoid silu softmax softplus softsign tanh"
)


def snake(name: str) -> str:
    """``MeanSquaredError`` -> ``mean_squared_error``, ``AdamW`` -> ``adamw`` as Keras spells its own string names."""
    special = {"AdamW": "adamw", "RMSprop": "rmsprop", "KLDivergence": "kl_divergence", "R2Score": "r2_score",
               "F1Score": "f1_score", "FBetaScore": "fbeta_score", "L1L2": "l1_l2", "AUC": "auc", "SGD": "sgd",
               "IdentityInitializer": "identity", "OrthogonalInitializer": "orthogonal",
               "TopKCategoricalAccuracy": "top_k_categorical_accuracy",
               "SparseTopKCategoricalAccuracy": "sparse_top_k_categorical_accuracy", "LogCosh": "log_cosh", "LogCoshError": "logcosh"}  # fmt: skip
    return special.get(name) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def arguments(cls: Any) -> dict[str, Any]:
    """The constructor's arguments with their defaults; a required one has ``{"required": true}``."""
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        if (name in HIDDEN and not (cls.__name__ in AXIS and name == "axis")) or parameter.kind in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        ):
            continue
        default = parameter.default
        found[name] = {"required": True} if default is parameter.empty else json.loads(json.dumps(default, default=str))
    return found


def table() -> dict[str, Any]:
    """The table of every kind, as JSON holds it."""
    import keras

    found: dict[str, Any] = {}
    for category, names in NAMES.items():
        module = getattr(keras, category)
        rows = {}
        for name in sorted(names.split()):
            key = name if category == "layers" else snake(name)
            rows[key] = {"class": name, "arguments": arguments(getattr(module, name))}
        found[category] = rows
    found["activations"] = {name: {"class": name, "arguments": {}} for name in ACTIVATIONS.split()}
    return found


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1, sort_keys=True) + "\n")
