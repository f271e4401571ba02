"""The hybrid's network as numpy: an LSTM over recent residuals, then a small decoder for each step, a few times.

Keras trains it (network_training.py); a serving process never imports Keras. The forward pass below equals Keras' own
within 1e-5 (tested), costs under a millisecond and no 200 MB of libraries.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

MOST_CORRECTION = 1.0
"""Bound of the log correction: the baseline is never multiplied or divided by more than e."""


@dataclass(frozen=True, eq=False)
class Network:
    """Weights of M members, float32, each array with a leading axis M; the answer is the members' mean.

    Gates are in Keras' order: input, forget, cell, output. kernel (C, 4U), recurrent (U, 4U), bias (4U,); decoder
    layers over [state (U), inputs (D)]: hidden (U+D, H), second (H, G), out (G, 1). `centre` and `scale` (D,), without
    that axis, standardise the decoder's inputs as fitted in training.
    """

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    second: np.ndarray
    second_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray
    centre: np.ndarray
    scale: np.ndarray

    def __call__(self, sequences: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Log correction (n, h) from sequences (n, T, C) and raw decoder inputs (n, h, D); NaN inputs are unknown."""
        return np.clip(self.members(sequences, inputs).mean(axis=0), -MOST_CORRECTION, MOST_CORRECTION)

    def members(self, sequences: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """What each member says (M, n, h)."""
        n, h, _ = inputs.shape
        units = self.recurrent.shape[1]
        state = self._state(sequences) @ self.hidden[:, :units] + self.hidden_bias[:, None]
        steps = self.standardised(inputs).reshape(n * h, -1) @ self.hidden[:, units:]
        first = np.maximum(steps.reshape(len(state), n, h, -1) + state[:, :, None], 0).reshape(len(state), n * h, -1)
        second = np.maximum(first @ self.second + self.second_bias[:, None], 0)
        return (second @ self.out + self.out_bias[:, None]).reshape(len(state), n, h)

    def _state(self, sequences: np.ndarray) -> np.ndarray:
        """The LSTMs' last hidden states (M, n, U)."""
        members, units = self.recurrent.shape[:2]
        half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype=np.float32), units)
        recurrent = self.recurrent * half
        hidden = cell = np.zeros((members, len(sequences), units), dtype=np.float32)
        kernel, bias = self.kernel * half, (self.bias * half)[:, None]
        for step in range(sequences.shape[1]):
            # sigmoid(x) = (1 + tanh(x/2)) / 2, so that one tanh serves all gates
            gates = np.tanh(sequences[:, step] @ kernel + bias + hidden @ recurrent) * half + (1 - half)
            entering, kept, candidate, leaving = (gates[..., k : k + units] for k in range(0, 4 * units, units))
            cell = kept * cell + entering * candidate
            hidden = leaving * np.tanh(cell)
        return hidden

    def standardised(self, inputs: np.ndarray) -> np.ndarray:
        """Decoder inputs centred and scaled, clipped at 3 deviations; unknown is the centre."""
        return np.nan_to_num(np.clip((inputs - self.centre) / self.scale, -3, 3)).astype(np.float32, copy=False)

    def save(self, path: Path) -> None:
        """Write plain arrays (.npz, no pickle)."""
        np.savez_compressed(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; refuses anything that would need unpickling."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})
