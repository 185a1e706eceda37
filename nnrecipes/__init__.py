"""Neural-network recipes for Keras 3: one YAML file to a trained, evaluated, reusable model.

Names are loaded when they are first used, so that ``import nnrecipes`` does not import TensorFlow.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_PLACES = {
    "train": "nnrecipes.recipe",
    "resume": "nnrecipes.recipe",
    "check": "nnrecipes.recipe",
    "refit": "nnrecipes.refitting",
    "tune": "nnrecipes.tuning.tune",
    "find_learning_rate": "nnrecipes.tuning.rate_range",
    "audit": "nnrecipes.audit",
    "cross_validate": "nnrecipes.cross_validation",
    "load_run": "nnrecipes.inference.any_run",
    "list_runs": "nnrecipes.inference.any_run",
    "Run": "nnrecipes.inference.run",
    "RecommenderRun": "nnrecipes.inference.recommender",
    "AutoencoderRun": "nnrecipes.inference.autoencoder",
    "compare": "nnrecipes.inference.compare",
    "load_zoo": "nnrecipes.zoo",
    "KerasTabularClassifier": "nnrecipes.estimators",
    "KerasTabularRegressor": "nnrecipes.estimators",
    "load_config": "nnrecipes.config.load",
    "fetch": "nnrecipes.data.fetch",
    "build_sequential": "nnrecipes.models.sequential",
    "build_layers": "nnrecipes.models.layer_list",
    "build_multimodal": "nnrecipes.models.multimodal",
    "build_multi_output": "nnrecipes.models.multi_output",
    "build_siamese": "nnrecipes.models.siamese",
    "build_tabular": "nnrecipes.models.tabular",
    "build_ensemble": "nnrecipes.models.ensemble",
    "build_dense_autoencoder": "nnrecipes.models.dense_autoencoder",
    "build_denoising_autoencoder": "nnrecipes.models.denoising_autoencoder",
    "build_variational_autoencoder": "nnrecipes.models.variational_autoencoder",
    "build_autorec": "nnrecipes.models.autorec",
    "build_mult_dae": "nnrecipes.models.mult_dae",
    "build_mult_vae": "nnrecipes.models.mult_vae",
    "build_item_weights": "nnrecipes.models.item_weights",
    "build_blend": "nnrecipes.models.blend",
    "fit_ease": "nnrecipes.training.closed_form",
    "fit_item_knn": "nnrecipes.training.closed_form",
    "Head": "nnrecipes.models.heads",
    "InputSpec": "nnrecipes.data.spec",
    "build_callbacks": "nnrecipes.training.callbacks",
    "NnRecipesError": "nnrecipes.errors",
    "ConfigError": "nnrecipes.errors",
    "DataError": "nnrecipes.errors",
    "RunError": "nnrecipes.errors",
}

try:
    __version__ = version("nnrecipes")
except PackageNotFoundError:
    __version__ = "0"

__all__ = ["__version__", *_PLACES]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'nnrecipes' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
