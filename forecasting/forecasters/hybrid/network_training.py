"""Training the hybrid's network with Keras on its JAX backend. Imported by `fit` only, in a process that trains."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from forecasting.forecasters.hybrid.network import Network
from forecasting.progress import Progress, silent, within

UNITS, HIDDEN, SECOND = 16, 32, 16
BATCH, RATE, DECAY, DROPOUT = 256, 2e-3, 1e-2, 0.3
LEAST_UPDATES, EPOCHS = 600, 8
"""Few passes over a small series: more of them fit the noise of its weeks (seen on the validation days)."""

MEMBER_ORIGINS, MOST_MEMBERS = 50_000, 3
SEED = 20240701
LAYERS = ("lstm", "hidden", "second", "out")


class _Told(keras.callbacks.Callback):
    """Tells a Progress after every epoch."""

    def __init__(self, report: Progress, epochs: int):
        super().__init__()
        self.report, self.epochs = report, epochs

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.report((epoch + 1) / self.epochs)


def build(sequence_shape: tuple[int, int], inputs_shape: tuple[int, int]) -> keras.Model:
    """The Keras model: sequences (T, C) and standardised inputs (P, D) to the log correction (P,)."""
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
    both over the level; weight (n, P), 0 where the target is unknown. A small series gets several members from
    different seeds: their mean varies less than any of them. `report` is told after every epoch.
    """
    centre, scale = _standard(inputs)
    standardised = Network(*[np.zeros(0)] * 9, centre, scale).standardised(inputs)
    packed = np.stack([base, ratio, weight], axis=-1).astype(np.float32)
    count = int(np.clip(MEMBER_ORIGINS // len(sequences), 1, MOST_MEMBERS))
    model, epochs = _compiled(sequences.shape, inputs.shape)
    members = []
    for member in range(count):
        _restart(model, SEED + member)
        told = [_Told(within(report, member / count, (member + 1) / count), epochs)]
        model.fit([sequences, standardised], packed, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=told)
        members.append([np.asarray(w, np.float32) for name in LAYERS for w in model.get_layer(name).get_weights()])
    return Network(*(np.stack(weights) for weights in zip(*members, strict=True)), centre, scale)


def _compiled(sequences_shape: tuple[int, ...], inputs_shape: tuple[int, ...]) -> tuple[keras.Model, int]:
    """The model ready to fit, and for how many epochs."""
    model = build(sequences_shape[1:], inputs_shape[1:])
    updates = -(-sequences_shape[0] // BATCH)
    epochs = max(EPOCHS, -(-LEAST_UPDATES // updates))
    schedule = keras.optimizers.schedules.CosineDecay(RATE, epochs * updates, warmup_steps=100, warmup_target=RATE)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=DECAY, clipnorm=1.0)
    model.compile(optimizer, loss=_poisson, jit_compile=True)
    return model, epochs


def _restart(model: keras.Model, seed: int) -> None:
    """Fresh weights and a fresh optimizer in the model as it is: compiling it again costs as much as fitting it."""
    keras.utils.set_random_seed(seed)
    model.set_weights(build(model.input_shape[0][1:], model.input_shape[1][1:]).get_weights())
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape, dtype=variable.dtype))


def _standard(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale (D,) of the known decoder inputs; 0 and 1 for one that is never known (a first week)."""
    columns = [column[~np.isnan(column)] for column in inputs.reshape(-1, inputs.shape[-1]).T]
    centre = [column.mean() if len(column) else 0.0 for column in columns]
    scale = [max(column.std(), 1e-3) if len(column) else 1.0 for column in columns]
    return np.array(centre, dtype=np.float32), np.array(scale, dtype=np.float32)


def _poisson(packed: np.ndarray, correction: np.ndarray) -> np.ndarray:
    base, ratio, weight = packed[..., 0], packed[..., 1], packed[..., 2]
    return keras.ops.mean(weight * (base * keras.ops.exp(correction) - ratio * correction), axis=-1)
