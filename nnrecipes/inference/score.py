"""A trained network and the test rows -> metrics, predictions and plots in the run folder."""

from collections.abc import Mapping

import keras

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset
from nnrecipes.evaluation.report import Rows, run_figures, score_targets, write_figures
from nnrecipes.inference.predictions import prediction_frame
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.runs.files import write_json, write_text
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.predict import predict_arrays


def score_run(
    model: keras.Model,
    config: RecipeConfig,
    dataset: Dataset,
    prepared: Prepared,
    history: Mapping[str, list[float]],
    folder: RunFolder,
) -> None:
    """Predict the test rows, once; write metrics, predictions and plots.

    Args:
        model: The trained network.
        config: The recipe, with every default of its targets.
        dataset: Its rows.
        prepared: The fitted preprocessor and the arrays of each split.
        history: Name -> value an epoch.
        folder: The run's folder.
    """
    preprocessor, split, settings = prepared.preprocessor, dataset.split, config.evaluation
    targets = preprocessor.spec.targets
    outputs = predict_arrays(model, prepared.test.x, outputs=[target.output for target in targets])
    predicted = preprocessor.decode(outputs)
    truth = {
        name: preprocessor.truth(dataset.frame.loc[getattr(split, name)]) for name in ("train", "validation", "test")
    }
    scores = score_targets(
        targets,
        predicted,
        Rows(prepared.train.x, truth["train"]),
        Rows(prepared.validation.x, truth["validation"]),
        Rows(prepared.test.x, truth["test"]),
        confidence=settings.confidence,
        resamples=settings.bootstrap,
        seed=config.seed,
        baselines=settings.baselines,
    )
    write_json(folder.metrics, scores)
    answers = prediction_frame(preprocessor.spec, predicted).add_prefix("predicted_")
    columns = [column for name, target in config.targets.items() for column in (target.columns or (name,))]
    true = dataset.frame.loc[split.test, columns].reset_index(names="row_id")
    write_text(folder.predictions, true.join(answers).to_csv(index=False))
    if settings.plots:
        callbacks = config.training.callbacks
        watched = history.get(callbacks.monitor)
        best = (
            (min if callbacks.mode == "min" else max)(range(len(watched)), key=watched.__getitem__) + 1
            if watched
            else None
        )
        figures = run_figures(
            model, history, targets, scores, truth["test"], predicted, monitor=callbacks.monitor, best_epoch=best
        )
        write_figures(figures, folder.plots, settings.plot_format)
