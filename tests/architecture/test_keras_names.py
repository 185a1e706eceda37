"""The closed tables of names are those of Keras, and config sections are those of the builders."""

import importlib.util
import inspect
import json
from pathlib import Path

import keras
import pytest

from nnrecipes.config import model as model_sections
from nnrecipes.config import training as training_sections
from nnrecipes.config.names import IDENTITY_LOSSES, complete, table
from nnrecipes.layers import identity_losses
from nnrecipes.models.construct import construct
from nnrecipes.models.layer_list import build_layers
from nnrecipes.models.multi_output import build_multi_output
from nnrecipes.models.multimodal import build_multimodal
from nnrecipes.models.sequential import build_sequential
from nnrecipes.models.siamese import build_siamese
from nnrecipes.models.tabular import build_tabular
from nnrecipes.training import schedules
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.checkpoint import Checkpoint

FROM_DATA = {"input_shape", "input_dtype", "input_name", "inputs", "outputs", "output_units", "output_activation",
             "output_name"}  # fmt: skip


def defaults(function, without=()):
    parameters = inspect.signature(function).parameters
    return {name: p.default for name, p in parameters.items() if name not in without and name != "self"}


def fields(section, without=("kind",)):
    found = {}
    for name, field in section.model_fields.items():
        if name not in without:
            found[name] = (
                inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True)
            )
    return found


def test_table_is_what_keras_says_now():
    path = Path(__file__).with_name("generate_keras_names.py")
    generator = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("generator", path))
    spec.loader.exec_module(generator)
    assert json.loads(generator.TABLE.read_text("utf-8")) == json.loads(json.dumps(generator.table()))


@pytest.mark.parametrize(
    ("section", "builder"),
    [
        (model_sections.SequentialConfig, build_sequential),
        (model_sections.LayersConfig, build_layers),
        (model_sections.MultimodalConfig, build_multimodal),
        (model_sections.MultiOutputConfig, build_multi_output),
        (model_sections.SiameseConfig, build_siamese),
        (model_sections.TabularConfig, build_tabular),
    ],
)
def test_model_sections_have_the_names_and_defaults_of_their_builders(section, builder):
    assert fields(section, without=("kind", "preset")) == defaults(builder, without=FROM_DATA)


@pytest.mark.parametrize(
    ("section", "curve"),
    [
        (training_sections.StepSchedule, schedules.step),
        (training_sections.ExponentialSchedule, schedules.exponential),
        (training_sections.CosineSchedule, schedules.cosine),
        (training_sections.OneCycleSchedule, schedules.one_cycle),
        (training_sections.MilestonesSchedule, schedules.milestones),
        (training_sections.CoslogSchedule, schedules.coslog),
    ],
)
def test_schedule_sections_have_the_names_and_defaults_of_their_curves(section, curve):
    assert fields(section) == defaults(curve, without={"epoch", "epochs"})


def test_callback_sections_have_the_names_of_what_they_become():
    assert set(fields(training_sections.CallbacksConfig)) == set(
        defaults(build_callbacks, without={"epochs", "folder"})
    )
    shared = {"folder", "monitor", "mode", "every_seconds"}
    assert fields(training_sections.CheckpointConfig) == defaults(Checkpoint, without=shared)
    theirs = {
        training_sections.EarlyStoppingConfig: (keras.callbacks.EarlyStopping, {"monitor", "mode", "verbose"}),
        training_sections.ReduceOnPlateau: (
            keras.callbacks.ReduceLROnPlateau,
            {"monitor", "mode", "verbose", "kwargs"},
        ),
        training_sections.TensorBoardConfig: (
            keras.callbacks.TensorBoard,
            {"log_dir", "embeddings_freq", "embeddings_metadata"},
        ),
    }
    for section, (callback, ours) in theirs.items():
        assert set(fields(section)) == set(defaults(callback, without=ours)), section


@pytest.mark.parametrize("category", ["optimizers", "losses", "metrics", "initializers", "constraints", "regularizers"])
def test_every_name_of_the_table_constructs_with_its_defaults(category):
    required = {"recall": 0.5, "precision": 0.5, "specificity": 0.5, "sensitivity": 0.5}
    for kind, entry in table()[category].items():
        if kind == "accuracy":
            continue
        needed = {name: required[name] for name, value in entry["arguments"].items() if isinstance(value, dict)}
        made = construct(category, complete(category, {"kind": kind, **needed}))
        own = IDENTITY_LOSSES if category == "losses" else {}
        expected = getattr(identity_losses if kind in own else getattr(keras, category), entry["class"])
        assert type(made) is expected
        if kind in own:
            assert entry["arguments"] == defaults(expected.__init__, without={"self", "name", "keywords"})
