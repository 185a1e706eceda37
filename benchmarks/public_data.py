"""Where the public data of the shipped recipes lie in a folder of benchmark data, and their fixed splits.

Two tables are made here, in a temporary folder that lasts as long as the process: that of the houses with the names of
their photographs, and the folders of ORL's people with their sets.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd


def overrides_of(recipe: str, data: Path) -> dict[str, Any] | None:
    """What a shipped recipe needs to find its data; None where they are not in the folder.

    Args:
        recipe: The recipe's name.
        data: The folder, with ``tabular/``, ``images/``, ``multimodal/``, ``text/``, ``series/``, ``pairs/``,
            ``splits/`` and, where the user has put it there, ``ml-100k/``.
    """
    found = _known(data).get(recipe)
    if found is None:
        return None
    paths = [value for value in _leaves(found) if isinstance(value, str) and value.startswith(str(data))]
    if not all(Path(path).exists() for path in paths):
        return None
    return {**found, **_made(data)[recipe]()} if recipe in _made(data) else found


def _made(data: Path) -> dict[str, Any]:
    """Recipes of which a file has to be made -> what makes it and names it."""
    return {
        "multimodal_houses": lambda: {"data.source.path": house_table(data)},
        "siamese_orl": lambda: {"data.split": {"kind": "file", "path": orl_sets(data)}},
    }


@cache
def house_table(data: Path) -> str:
    """A CSV file of the houses' table with a column of file names a room."""
    rows = pd.read_csv(data / "multimodal/houses/HousesInfo.txt", sep=r"\s+", header=None,
                       names=["bedrooms", "bathrooms", "area", "zip", "price"])  # fmt: skip
    for room in ("bathroom", "bedroom", "frontal", "kitchen"):
        rows[room] = [f"{number}_{room}.jpg" for number in range(1, len(rows) + 1)]
    return _kept(rows, "houses.csv")


@cache
def orl_sets(data: Path) -> str:
    """A CSV file of the folders of ORL's people and their sets; the public split has their numbers."""
    sets = pd.read_csv(data / "splits/orl_subjects.csv").assign(label=lambda rows: "s" + rows["subject"].astype(str))
    return _kept(sets[["label", "set"]], "orl_sets.csv")


@cache
def _folder() -> Any:
    return tempfile.TemporaryDirectory()


def _kept(rows: pd.DataFrame, name: str) -> str:
    path = Path(_folder().name) / name
    rows.to_csv(path, index=False)
    return str(path)


def _known(data: Path) -> dict[str, dict[str, Any]]:
    mnist = [str(data / f"images/{name}") for name in ("train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz")]
    labels = [str(data / f"images/{name}") for name in ("train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz")]
    test_only = {"data.source.images": mnist[1:], "data.source.labels": labels[1:]}
    films = {
        "data.interactions.source.path": str(data / "ml-100k/ml-100k.inter"),
        "data.items.source.path": str(data / "ml-100k/ml-100k.item"),
    }
    beats = str(data / "series/ECG5000_TRAIN.txt")
    sides = {side: str(data / f"text/rt-polarity.{side[:3]}") for side in ("positive", "negative")}
    return {
        "sequential_shipping": {"data.source.path": str(data / "tabular/shipping.csv"), **_split(data, "shipping")},
        "tabular_shipping": {"data.source.path": str(data / "tabular/shipping.csv"), **_split(data, "shipping")},
        "tabular_california": {
            "data.source.path": str(data / "tabular/california_housing.csv"), **_split(data, "california"),
        },
        "multi_output_temperature": {
            "data.source.path": str(data / "tabular/temperature_forecast.csv"), **_split(data, "temperature_forecast"),
        },
        "multimodal_coffee": {"data.source.path": str(data / "multimodal/coffee.csv"), **_split(data, "coffee")},
        "text_polarity": {"data.source.files": sides, **_split(data, "rt_polarity")},
        "series_ecg5000": {"data.source.path": beats, **_split(data, "ecg5000_train500")},
        "anomaly_ecg": {"data.source.path": beats},
        "image_mnist": {"data.source.images": mnist, "data.source.labels": labels},
        "siamese_orl": {"data.source.path": str(data / "pairs/orl_faces.zip"), **_split(data, "orl_subjects")},
        "multimodal_houses": {
            "data.source.path": str(data / "multimodal/houses/HousesInfo.txt"),
            "inputs.rooms.folder": str(data / "multimodal/houses/houses_64.zip"),
            **_split(data, "houses"),
        },
        "dense_autoencoder_mnist": test_only,
        "dense_autoencoder_mnist_classic": test_only,
        "denoising_autoencoder_mnist": test_only,
        "denoising_autoencoder_mnist_classic": test_only,
        "denoising_autoencoder_mnist_dense": test_only,
        "recommender_movielens_100k": films,
        "autorec_movielens_100k": films,
    }  # fmt: skip


def _split(data: Path, name: str) -> dict[str, Any]:
    return {"data.split": {"kind": "file", "path": str(data / f"splits/{name}.csv")}}


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
