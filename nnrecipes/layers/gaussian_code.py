"""Features -> a code drawn from a normal distribution, whose divergence from the standard normal is added to the loss.

    mean, log variance = Dense(x);   z = mean + exp(log variance / 2) * noise in training, z = mean afterwards
    added loss = beta * min(1, step / anneal_steps) * mean over the batch of KL(N(mean, variance) || N(0, 1)), nats

References:
    Kingma and Welling (2014), Auto-encoding variational Bayes. https://arxiv.org/abs/1312.6114
    Liang et al. (2018), Variational autoencoders for collaborative filtering (annealed beta).
"""

from typing import Any

import keras
from keras import ops

from nnrecipes.layers.random_bits import next_key, random_normal


@keras.saving.register_keras_serializable("nnrecipes")
class GaussianCode(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, features)`` -> ``(batch, latent_dim)``.

    Args:
        latent_dim: Length of the code.
        beta: Weight of the divergence in the end.
        anneal_steps: Training steps in which the weight rises from 0 to ``beta``; they are counted in a variable.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.
    """

    def __init__(
        self, latent_dim: int, beta: float = 0.2, anneal_steps: int = 1000, name: str | None = None, **keywords: Any
    ) -> None:
        super().__init__(name=name, **keywords)
        self.latent_dim = latent_dim
        self.beta = beta
        self.anneal_steps = anneal_steps
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of mean and log variance, and the counter of steps."""
        shape = (input_shape[-1], self.latent_dim)
        small = keras.initializers.RandomNormal(stddev=0.001)
        self.mean_kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="mean_kernel")
        self.mean_bias = self.add_weight(shape=(self.latent_dim,), initializer="zeros", name="mean_bias")
        self.log_variance_kernel = self.add_weight(shape=shape, initializer=small, name="log_variance_kernel")
        self.log_variance_bias = self.add_weight(
            shape=(self.latent_dim,), initializer="zeros", name="log_variance_bias"
        )
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Draw."""
        mean = ops.matmul(inputs, self.mean_kernel) + self.mean_bias
        if not training:
            return mean
        log_variance = ops.matmul(inputs, self.log_variance_kernel) + self.log_variance_bias
        divergence = 0.5 * ops.sum(ops.exp(log_variance) + ops.square(mean) - 1.0 - log_variance, axis=-1)
        weight = self.beta * ops.minimum(1.0, self.steps / self.anneal_steps)
        self.add_loss(weight * ops.mean(divergence))
        self.steps.assign_add(1.0)
        noise = random_normal(ops.shape(mean), next_key(self.seed_generator))
        return mean + ops.exp(0.5 * log_variance) * noise

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:  # noqa: ARG002 - Keras names it
        """``(batch, latent_dim)``."""
        return keras.KerasTensor((*inputs.shape[:-1], self.latent_dim), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "latent_dim": self.latent_dim, "beta": self.beta,
                "anneal_steps": self.anneal_steps}  # fmt: skip
