"""A valid recipe -> what experience says against it. Advice is never an error: it names a figure and what to try.

| kind | when |
|---|---|
| dropout_at_output | Dropout is the last of a list of layers, or a builder's dropout before the output is above 0.2 |
| dropout_everywhere | Dropout after each of two or more hidden layers, which keep less than half of the values |
| unscaled_inputs | numbers reach the network in their own units, and no layer that normalises comes first |
| unscaled_target | a regression target of any sign is trained in its own unit |
| batch_size | far from what is usual for so many training rows; where they are not known, below 4 or above 8,192 |
| softmax_one_unit | softmax over one unit, which is 1 whatever the input |

Up to 0.2 a builder's shared ``dropout`` may stand before the output: shipped recipes were measured with it. A usual
batch is about a fiftieth of the training rows, from 16 to 1,024 rows; what is up to 8 times smaller or larger is left
alone, and so is a smaller one of up to 500 updates an epoch.

References:
    Hinton et al. (2012), Improving neural networks by preventing co-adaptation. https://arxiv.org/abs/1207.0580
    Garbin, Zhu and Marques (2020), Dropout vs. batch normalization. https://doi.org/10.1007/s11042-019-08453-9
    LeCun et al. (1998), Efficient BackProp, sections 4.3 and 4.6. https://doi.org/10.1007/3-540-49430-8_2
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log2, prod
from typing import Any

from nnrecipes.config.consistency import ANY_SIGN, POSITIVE_ONLY
from nnrecipes.config.model import LayersConfig, MultimodalConfig, MultiOutputConfig, SequentialConfig
from nnrecipes.config.recipe import RecipeConfig

DROPOUTS = {"Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D"}
SCALERS = {"BatchNormalization", "Normalization", "LayerNormalization"}
HARMLESS = 0.2  # rate before the output
HALF = 0.5
FAR = 8  # times smaller or larger than usual
LEAST_BATCH, MOST_BATCH = 4, 8192  # where the number of rows is not known
FEW_UPDATES = 500  # an epoch: a small batch is slow only beyond this
UNIT = (0.2, 5.0)  # standard deviations of a column that is as good as scaled


@dataclass(frozen=True)
class Advice:
    """One suggestion.

    Args:
        kind: A word for programs.
        sentence: What was seen, with its figure.
        override: ``key=value`` to try.
    """

    kind: str
    sentence: str
    override: str

    def to_dict(self) -> dict[str, str]:
        """Return plain values."""
        return asdict(self)

    @property
    def text(self) -> str:
        """One line.

        Example:
            >>> Advice("batch_size", "The batch is large.", "training.batch_size=32").text
            'advice: The batch is large. Try training.batch_size=32'
        """
        return f"advice: {self.sentence} Try {self.override}"


def advise_config(
    config: RecipeConfig, *, rows: int | None = None, spread: Mapping[str, float] | None = None
) -> list[Advice]:
    """Return what speaks against a recipe before it is trained.

    Args:
        config: A valid recipe.
        rows: Number of training rows, where the data has been read.
        spread: Column -> standard deviation, likewise; a column from 0.2 to 5 need not be scaled.

    Example:
        >>> from nnrecipes.config.load import load_config
        >>> found = advise_config(load_config("sequential_wine", {"training.batch_size": 20000}).config)
        >>> found[0].kind, found[0].override
        ('batch_size', 'training.batch_size=1024')
    """
    return [*_dropout(config), *_inputs(config, spread), *_targets(config, spread), *_batch(config, rows),
            *_softmax(config)]  # fmt: skip


def usual_batch(rows: int) -> int:
    """The power of 2 next to a fiftieth of the training rows, from 16 to 1,024.

    Example:
        >>> usual_batch(120), usual_batch(10_000), usual_batch(1_000_000)
        (16, 256, 1024)
    """
    return min(1024, max(16, 1 << round(log2(max(rows / 50, 1)))))


def _dropout(config: RecipeConfig) -> Iterator[Advice]:
    model = config.model
    if isinstance(model, LayersConfig):
        yield from _listed_dropout(model.layers)
    elif isinstance(model, SequentialConfig):
        hidden = len(model.hidden_units)
        rates = model.dropout if isinstance(model.dropout, tuple) else (model.dropout,) * hidden
        last = [*rates[:-1], 0.0]
        yield from _rates(rates, f"model.dropout={last if hidden > 1 else HARMLESS}")
    elif isinstance(model, MultimodalConfig | MultiOutputConfig):
        hidden = len(model.trunk_units if isinstance(model, MultimodalConfig) else model.hidden_units)
        hidden += len(model.head_units) if isinstance(model, MultiOutputConfig) else 0
        least = min(HARMLESS, round(1 - 0.6 ** (1 / max(hidden, 1)), 2))
        yield from _rates((model.dropout,) * hidden, f"model.dropout={least}")


def _rates(rates: Sequence[float], override: str) -> Iterator[Advice]:
    kept = prod(1 - rate for rate in rates)
    if len(rates) > 1 and all(rates) and kept < HALF:
        sentence = f"Dropout after each of the {len(rates)} hidden layers keeps {kept:.0%} of the values on a path."
        yield Advice("dropout_everywhere", sentence, override)
    elif rates and rates[-1] > HARMLESS:
        sentence = f"Dropout next to the output takes away {rates[-1]:.0%} of the values that it sees at each update."
        yield Advice("dropout_at_output", sentence, override)


def _listed_dropout(layers: Sequence[Mapping[str, Any]]) -> Iterator[Advice]:
    rates = {i: float(layer.get("rate") or 0) for i, layer in enumerate(layers) if layer["kind"] in DROPOUTS}
    dense = [i for i, layer in enumerate(layers) if layer["kind"] == "Dense"]
    ends = [*dense[1:], len(layers)][: len(dense)]
    after = [max((rates.get(k, 0.0) for k in range(i, end)), default=0.0) for i, end in zip(dense, ends, strict=True)]
    last = max((i for i in rates if not dense or i > dense[-1]), default=None)
    kept = prod(1 - rate for rate in after)
    if len(after) > 1 and all(after) and kept < HALF and last is not None:
        sentence = f"Dropout after each of the {len(after)} hidden layers keeps {kept:.0%} of the values on a path."
        yield Advice("dropout_everywhere", sentence, f"model.layers.{last}.rate=0.0")
    elif last is not None and rates[last] > 0:
        sentence = f"Dropout next to the output takes away {rates[last]:.0%} of the values that it sees at each update."
        yield Advice("dropout_at_output", sentence, f"model.layers.{last}.rate=0.0")


def _inputs(config: RecipeConfig, spread: Mapping[str, float] | None) -> Iterator[Advice]:
    numeric, model = config.preprocessing.numeric, config.model
    first = model.layers[0]["kind"] if isinstance(model, LayersConfig) else None
    if numeric.scale != "none" or first in SCALERS:
        return
    if spread is None:
        sentence = "Numeric columns reach the network in their own units (preprocessing.numeric.scale: none)."
        yield Advice("unscaled_inputs", sentence, "preprocessing.numeric.scale=standard")
        return
    targets = {column for name, target in config.targets.items() for column in (target.columns or (name,))}
    own = {name for name, override in config.preprocessing.columns.items() if override.scale not in {None, "none"}}
    far = {name: sd for name, sd in spread.items() if name not in targets | own and not UNIT[0] <= sd <= UNIT[1]}
    if far and any(sd > 0 for sd in far.values()):
        name = max(far, key=lambda column: abs(log2(far[column] or 1)))
        sentence = f"{len(far)} numeric columns are not scaled; the standard deviation of {name} is {far[name]:.4g}."
        yield Advice("unscaled_inputs", sentence, "preprocessing.numeric.scale=standard")


def _targets(config: RecipeConfig, spread: Mapping[str, float] | None) -> Iterator[Advice]:
    for name, target in config.targets.items():
        any_sign = (target.activation or "linear") in ANY_SIGN and (target.loss or {}).get("kind") not in POSITIVE_ONLY
        if target.scale != "none" or target.task not in {None, "regression"} or not any_sign:
            continue
        known = (spread or {}).get(name)
        if known is None or not UNIT[0] <= known <= UNIT[1]:
            figure = "in its own unit" if known is None else f"with a standard deviation of {known:.4g}"
            sentence = f"{name} is trained {figure} (scale: none); the first weights expect about 1."
            yield Advice("unscaled_target", sentence, f"targets.{name}.scale=standard")


def _batch(config: RecipeConfig, rows: int | None) -> Iterator[Advice]:
    batch = config.training.batch_size
    if rows is None:
        if not LEAST_BATCH <= batch <= MOST_BATCH:
            sentence = f"Batches of {batch:,} rows are far from the usual 16 to 1,024 for tables."
            yield Advice("batch_size", sentence, f"training.batch_size={1024 if batch > MOST_BATCH else 16}")
        return
    usual = usual_batch(rows)
    if usual / FAR < batch < usual * FAR or (batch <= usual and rows / batch <= FEW_UPDATES):
        return
    sentence = f"Batches of {batch:,} rows make {-(-rows // batch):,} updates an epoch of {rows:,} training rows."
    yield Advice("batch_size", sentence, f"training.batch_size={usual}")


def _softmax(config: RecipeConfig) -> Iterator[Advice]:
    model = config.model
    if isinstance(model, LayersConfig):
        units = 0
        for i, layer in enumerate(model.layers):
            units = layer.get("units", units) if layer["kind"] == "Dense" else units
            softmax = layer["kind"] == "Softmax" or _name(layer.get("activation")) == "softmax"
            if softmax and units == 1:
                key = f"model.layers.{i}" + ("" if layer["kind"] == "Softmax" else ".activation")
                value = "{kind: Activation, activation: sigmoid}" if layer["kind"] == "Softmax" else "sigmoid"
                sentence = f"Softmax over the 1 unit of model.layers.{i} is 1 whatever the input."
                yield Advice("softmax_one_unit", sentence, f"{key}={value}")
    elif isinstance(model, SequentialConfig):
        shared = not isinstance(model.activation, tuple)
        names = (model.activation,) * len(model.hidden_units) if shared else model.activation
        for i, (units, activation) in enumerate(zip(model.hidden_units, names, strict=False)):
            if units == 1 and activation == "softmax":
                key = "model.activation" if shared else f"model.activation.{i}"
                yield Advice("softmax_one_unit", f"Softmax over the 1 unit of hidden layer {i + 1} is 1 whatever the "
                             "input.", f"{key}=sigmoid")  # fmt: skip


def _name(value: Any) -> str:
    return str(value.get("kind", "") if isinstance(value, Mapping) else value or "").casefold()
