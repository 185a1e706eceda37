"""A whole recipe: every section, with every default."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.autoencoder import ReconstructionConfig
from nnrecipes.config.base import Section
from nnrecipes.config.data import DataConfig
from nnrecipes.config.inputs import InputConfig
from nnrecipes.config.model import ModelConfig
from nnrecipes.config.preprocessing import PreprocessingConfig
from nnrecipes.config.targets import TargetConfig
from nnrecipes.config.training import TrainingConfig
from nnrecipes.config.tuning import TuningConfig


class EvaluationConfig(Section):
    """How the test rows are scored: bootstrap resamples, confidence of the intervals, baselines, plots.

    ``importance`` permutes each column of the validation rows and keeps how much worse the predictions become.
    ``cross_validate`` folds of training and validation rows are scored as well, each by a network that never saw it;
    0 leaves it out.
    """

    bootstrap: Annotated[int, Field(ge=100)] = 1000
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    baselines: bool = True
    plots: bool = True
    plot_format: Literal["png", "svg", "both"] = "png"
    importance: bool = False
    cross_validate: Annotated[int, Field(ge=0, le=100)] = 0


class RecipeConfig(Section):
    """One recipe. ``name`` is the file's name where it is left out; ``inputs`` is one tabular input by default.

    An autoencoder may have none (``targets: {}``). Where it has one, that is a label that its network never sees: codes
    are coloured and scored by it. ``reconstruction`` is of autoencoders alone.

    ``tuning`` is a search over keys of the recipe; training does not read it.

    ``refit_of`` is the folder of the run that this one trains again on more rows (``nnrecipes refit``): decisions that
    rest on validation rows are taken from there.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    refit_of: str | None = None
    data: DataConfig
    targets: dict[str, TargetConfig]
    inputs: dict[str, InputConfig] = Field(default={})
    preprocessing: PreprocessingConfig = PreprocessingConfig()
    model: ModelConfig
    training: TrainingConfig = TrainingConfig()
    reconstruction: ReconstructionConfig | None = None
    evaluation: EvaluationConfig = EvaluationConfig()
    tuning: TuningConfig | None = None
