"""A recipe and an ailment -> the override that a user may paste after ``nnrecipes train RECIPE``."""

from nnrecipes.config.model import LayersConfig, MultimodalConfig, MultiOutputConfig, SequentialConfig
from nnrecipes.config.recipe import RecipeConfig

Blocks = SequentialConfig | MultimodalConfig | MultiOutputConfig


def longer(config: RecipeConfig) -> str:
    """Twice the epochs."""
    return f"training.epochs={2 * config.training.epochs}"


def earlier(config: RecipeConfig, best: int) -> str:
    """Stop early and keep the best weights; ``best`` is the best epoch."""
    if config.training.callbacks.early_stopping:
        return "training.callbacks.early_stopping.restore_best_weights=true"
    return f"training.callbacks.early_stopping.patience={max(5, best // 4)}"


def steadier(config: RecipeConfig, *, diverged: bool = False) -> str:
    """Larger batches where they are tiny, else a smaller learning rate."""
    batch, optimizer = config.training.batch_size, config.training.optimizer
    rate = optimizer.get("learning_rate")
    if (batch <= 8 and not diverged) or not isinstance(rate, int | float):
        return f"training.batch_size={4 * batch}"
    return f"training.optimizer.learning_rate={float(f'{rate / 10:.3g}')}"


def widen(config: RecipeConfig) -> str:
    """More capacity: less of a strong penalty, else twice the units; of a model of the user's own, more epochs."""
    model = config.model
    if isinstance(model, Blocks):
        rates = model.dropout if isinstance(model.dropout, tuple) else (model.dropout,)
        if max(rates) > 0.4:
            return "model.dropout=0.1"
        if model.l2 > 1e-3:
            return f"model.l2={float(f'{model.l2 / 100:.3g}')}"
        name = "trunk_units" if isinstance(model, MultimodalConfig) else "hidden_units"
        units = getattr(model, name) or (32,)
        return f"model.{name}={[max(32, 2 * count) for count in units]}"
    if isinstance(model, LayersConfig):
        for i, layer in enumerate(model.layers):
            if layer["kind"] == "Dense":
                return f"model.layers.{i}.units={max(32, 2 * layer['units'])}"
    return longer(config)


def regularise(config: RecipeConfig) -> str:
    """Dropout, then an L2 penalty; fewer epochs where the recipe has a key for neither."""
    model = config.model
    if isinstance(model, Blocks):
        rates = model.dropout if isinstance(model.dropout, tuple) else (model.dropout,)
        return "model.dropout=0.2" if max(rates) < 0.2 else f"model.l2={10 * model.l2 if model.l2 else 0.001:g}"
    return f"training.epochs={max(1, config.training.epochs // 2)}"
