"""Training rows -> vectors of other rows by three models that a siamese network must beat, none of which is a network.

| baseline | vector |
|---|---|
| raw_cosine | what the network takes, as it is: pixels (averaged to at most 64 x 64), scaled numbers, one-hot codes |
| whitened_pca | its principal components, each scaled to variance 1 |
| lda | its principal components, then linear discriminants of the training identities ("Fisherfaces") |

The number of components is the one of a small grid with the greatest ROC AUC on the validation rows.

References:
    Turk and Pentland (1991), Eigenfaces for recognition. https://doi.org/10.1162/jocn.1991.3.1.71
    Belhumeur, Hespanha and Kriegman (1997), Eigenfaces vs. Fisherfaces. https://doi.org/10.1109/34.598228
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.evaluation.baselines import design
from nnrecipes.evaluation.media_design import small_images
from nnrecipes.evaluation.verification import verification_scorer

Inputs = Mapping[str, Array]
COMPONENTS = (10, 20, 40, 80, 160)
SIDE = 64


def identity_baselines(
    x_train: Inputs,
    identities: Array,
    x_validation: Inputs | None,
    validation_identities: Array | None,
    x_test: Inputs,
    *,
    inputs: Sequence[InputSpec],
) -> dict[str, Array]:
    """Return baseline -> vectors of the test rows ``(rows, width)``.

    Args:
        x_train: Input name -> array, of the training rows.
        identities: A number a training row.
        x_validation: The same of the validation rows; None takes the middle of the grid.
        validation_identities: The same of the validation rows.
        x_test: The same of the rows to place.
        inputs: What the inputs are.
    """
    sets = [x for x in (x_train, x_validation, x_test) if x is not None]
    train, *others = plain_vectors(sets, inputs)
    checked = others[0] if x_validation is not None else None
    found = {"raw_cosine": others[-1]}
    most = min(train.shape) - 1
    for name, fit in (("whitened_pca", _whitened), ("lda", _discriminants)):
        fits = [fit(train, identities, count) for count in sorted({min(count, most) for count in COMPONENTS})]
        place = len(fits) // 2
        if checked is not None and validation_identities is not None:
            place = int(np.argmax([_area(validation_identities, fitted(checked)) for fitted in fits]))
        found[name] = fits[place](others[-1])
    return found


def plain_vectors(sets: Sequence[Inputs], inputs: Sequence[InputSpec]) -> list[Array]:
    """Return one matrix a set of rows, float64: what the network takes, as numbers."""
    parts: list[list[Array]] = [[] for _ in sets]
    for item in inputs:
        values = [rows[item.name] for rows in sets]
        if item.kind == "image":
            blocks: list[Any] = [small_images(images, SIDE).reshape(len(images), -1) for images in values]
        elif item.kind == "tabular":
            blocks = [rows.astype(np.float64) for rows in values]
        else:
            blocks = design(*({item.name: rows} for rows in values), inputs=[item])
        for part, block in zip(parts, blocks, strict=True):
            part.append(np.asarray(block.toarray() if hasattr(block, "toarray") else block))
    return [np.hstack(part) for part in parts]


def _area(identities: Array, vectors: Array) -> float:
    value = float(verification_scorer(identities, vectors)(np.ones((1, len(identities))))["roc_auc"][0])
    return -1.0 if np.isnan(value) else value


def _whitened(train: Array, _: Array, components: int) -> Callable[[Array], Array]:
    from sklearn.decomposition import PCA

    fitted = PCA(components, whiten=True, svd_solver="full").fit(train)
    return lambda rows: np.asarray(fitted.transform(rows))


def _discriminants(train: Array, identities: Array, components: int) -> Callable[[Array], Array]:
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    reduced = PCA(components, svd_solver="full").fit(train)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Variables are collinear")
        fitted = LinearDiscriminantAnalysis().fit(reduced.transform(train), identities)
    return lambda rows: np.asarray(fitted.transform(reduced.transform(rows)))
