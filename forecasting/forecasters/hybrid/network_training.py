"""Training of the hybrid's network with Keras on its JAX backend; imported by `fit` only, in a training process."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from forecasting.forecasters.hybrid.network import Network, standardised
from forecasting.progress import Progress, silent, within

UNITS, HIDDEN, SECOND = 16, 32, 16
BATCH, RATE, DECAY, DROPOUT = 256, 2e-3, 1e-2, 0.3
LEAST_UPDATES, EPOCHS = 600, 8
"""Few epochs on a small series: more of them fit its noise (as the validation days showed)."""

MEMBER_ORIGINS, MOST_MEMBERS = 50_000, 3
SEED = 20240701
LAYERS = ("lstm", "hidden", "second", "out")
ARRAYS = (
    *("kernel", "recurrent", "bias"),
    *("hidden", "hidden_bias"),
    *("second", "second_bias"),
    *("out", "out_bias"),
)
"""The fields of Network that hold the weights of LAYERS, in order."""


class _EpochReport(keras.callbacks.Callback):
    """Calls a Progress after every epoch."""

    def __init__(self, report: Progress, epochs: int):
        super().__init__()
        self.report, self.epochs = report, epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.report((epoch + 1) / self.epochs)


def build(sequence_shape: tuple[int, int], inputs_shape: tuple[int, int]) -> keras.Model:
    """Return the Keras model: sequences (T, C) and standardised inputs (P, D) to the log correction (P,)."""
    sequences, inputs = keras.Input(sequence_shape), keras.Input(inputs_shape)
    state = keras.layers.LSTM(UNITS, name="lstm")(sequences)
    state = keras.layers.Dropout(DROPOUT)(state)
    repeated = keras.layers.RepeatVector(inputs_shape[0])(state)
    x = keras.layers.Concatenate()([repeated, inputs])
    x = keras.layers.Dense(HIDDEN, activation="relu", name="hidden")(x)
    x = keras.layers.Dropout(DROPOUT)(x)
    x = keras.layers.Dense(SECOND, activation="relu", name="second")(x)
    x = keras.layers.Dense(1, name="out", kernel_initializer="zeros")(x)
    return keras.Model([sequences, inputs], keras.layers.Reshape((inputs_shape[0],))(x))


def train(
    sequences: np.ndarray,
    inputs: np.ndarray,
    base: np.ndarray,
    ratio: np.ndarray,
    weight: np.ndarray,
    report: Progress = silent,
) -> Network:
    """Fit the network so that base * exp(correction) is the Poisson mean of `ratio`.

    sequences (n, T, C); raw inputs (n, P, D); base and ratio (n, P), the forecast without correction and the target,
    both relative to the level; weight (n, P), 0 if the target is unknown. A small series gets several members with
    different seeds, whose mean has less variance than any one of them. `report` is called after every epoch.
    """
    centre, scale = _standard(inputs)
    decoder_inputs = standardised(inputs, centre, scale)
    packed = np.stack([base, ratio, weight], axis=-1).astype(np.float32)
    count = int(np.clip(MEMBER_ORIGINS // len(sequences), 1, MOST_MEMBERS))
    model, epochs = _compiled(sequences.shape, inputs.shape)
    members = []
    for member in range(count):
        _restart(model, SEED + member)
        callbacks = [_EpochReport(within(report, member / count, (member + 1) / count), epochs)]
        data = ([sequences, decoder_inputs], packed)
        model.fit(*data, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=callbacks)
        members.append([np.asarray(w, np.float32) for name in LAYERS for w in model.get_layer(name).get_weights()])
    arrays = dict(zip(ARRAYS, map(np.stack, zip(*members, strict=True)), strict=True))
    return Network(**arrays, centre=centre, scale=scale)


def _compiled(sequences_shape: tuple[int, ...], inputs_shape: tuple[int, ...]) -> tuple[keras.Model, int]:
    """Return the compiled model and the number of epochs."""
    _, time, channels = sequences_shape
    _, pairs, features = inputs_shape
    model = build((time, channels), (pairs, features))
    updates = -(-sequences_shape[0] // BATCH)
    epochs = max(EPOCHS, -(-LEAST_UPDATES // updates))
    schedule = keras.optimizers.schedules.CosineDecay(RATE, epochs * updates, warmup_steps=100, warmup_target=RATE)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=DECAY, clipnorm=1.0)
    model.compile(optimizer, loss=_poisson, jit_compile=True)
    return model, epochs


def _restart(model: keras.Model, seed: int) -> None:
    """Reset weights and optimizer of the compiled model, as compiling it again takes as long as fitting it."""
    keras.utils.set_random_seed(seed)
    model.set_weights(build(model.input_shape[0][1:], model.input_shape[1][1:]).get_weights())
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape, dtype=variable.dtype))


def _standard(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and scale (D,) of the known decoder inputs; 0 and 1 for an input that is never known."""
    columns = [column[~np.isnan(column)] for column in inputs.reshape(-1, inputs.shape[-1]).T]
    centre = [column.mean() if len(column) else 0.0 for column in columns]
    scale = [max(column.std(), 1e-3) if len(column) else 1.0 for column in columns]
    return np.array(centre, dtype=np.float32), np.array(scale, dtype=np.float32)


def _poisson(packed: np.ndarray, correction: np.ndarray) -> np.ndarray:
    base, ratio, weight = packed[..., 0], packed[..., 1], packed[..., 2]
    return keras.ops.mean(weight * (base * keras.ops.exp(correction) - ratio * correction), axis=-1)
