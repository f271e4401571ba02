"""The hybrid's network in numpy: an ensemble of LSTMs over recent residuals with a small decoder for each step.

Keras trains it (network_training.py); a serving process never imports Keras. The forward pass below equals that of
Keras within 1e-5 (tested), takes under a millisecond and saves 200 MB of libraries.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

MOST_CORRECTION = 1.0
"""Bound of the log correction: the baseline is multiplied or divided by e at most."""

CHUNK = 64
"""Sequences processed at a time, so that their data fits in the processor's cache."""


def _halves(units: int) -> np.ndarray:
    """Return the factors (4U,) of the gates; with sigmoid(x) = (1 + tanh(x/2)) / 2 one tanh computes them all."""
    return np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype=np.float32), units)


def standardised(inputs: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return inputs (..., D) centred and scaled by (D,), clipped at 3 deviations; unknown inputs become the centre."""
    return np.nan_to_num(np.clip((inputs - centre) / scale, -3, 3)).astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class _Cells:
    """LSTM cells of several members: kernel (M, C, 4U), recurrent (M, U, 4U), bias (M, 1, 4U), scaled by `half`."""

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    half: np.ndarray

    def state(self, sequences: np.ndarray) -> np.ndarray:
        """Return the last hidden states (M, n, U) of sequences (n, T, C)."""
        members, units = self.recurrent.shape[:2]
        entries = sequences.transpose(1, 0, 2)[:, None] @ self.kernel + self.bias
        hidden, cell, new = np.zeros((3, members, len(sequences), units), dtype=np.float32)
        gates = np.empty((members, len(sequences), 4 * units), dtype=np.float32)
        input_gate, forget_gate, candidate, output_gate = (
            gates[..., k : k + units] for k in range(0, 4 * units, units)
        )
        rest = 1 - self.half
        for entry in entries:
            np.matmul(hidden, self.recurrent, out=gates)
            gates += entry
            np.tanh(gates, out=gates)
            gates *= self.half
            gates += rest
            np.multiply(input_gate, candidate, out=new)
            cell *= forget_gate
            cell += new
            np.multiply(output_gate, np.tanh(cell, out=new), out=hidden)
        return hidden


@dataclass(frozen=True, eq=False)
class Network:
    """Weights of M members, float32, each array with a leading axis M; the output is the mean of the members.

    Gates are in Keras' order: input, forget, cell, output. kernel (C, 4U), recurrent (U, 4U), bias (4U,); decoder
    layers over [state (U), inputs (D)]: hidden (U+D, H), second (H, G), out (G, 1). `centre` and `scale` (D,), without
    that axis, standardise the decoder's inputs; they are fitted in training.
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
        """Return the log correction (n, h) of sequences (n, T, C) and raw decoder inputs (n, h, D); NaN is unknown."""
        return np.clip(self.members(sequences, inputs).mean(axis=0), -MOST_CORRECTION, MOST_CORRECTION)

    def members(self, sequences: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """Return the output of each member (M, n, h)."""
        n, h, _ = inputs.shape
        units = self.recurrent.shape[1]
        state = self._state(sequences) @ self.hidden[:, :units] + self.hidden_bias[:, None]
        steps = self.standardised(inputs).reshape(n * h, -1) @ self.hidden[:, units:]
        first = np.maximum(steps.reshape(len(state), n, h, -1) + state[:, :, None], 0).reshape(len(state), n * h, -1)
        second = np.maximum(first @ self.second + self.second_bias[:, None], 0)
        return (second @ self.out + self.out_bias[:, None]).reshape(len(state), n, h)

    def _state(self, sequences: np.ndarray) -> np.ndarray:
        """Return the last hidden states of the LSTMs (M, n, U)."""
        if len(sequences) == 1:
            members, units = self.recurrent.shape[:2]
            return self._joined.state(sequences).reshape(members, 1, units)
        parts = [self._apart.state(sequences[first : first + CHUNK]) for first in range(0, len(sequences), CHUNK)]
        return np.concatenate(parts, axis=1)

    @cached_property
    def _apart(self) -> _Cells:
        half = _halves(self.recurrent.shape[1])
        return _Cells(self.kernel * half, self.recurrent * half, (self.bias * half)[:, None], half)

    @cached_property
    def _joined(self) -> _Cells:
        """All members as one with M times the units, which takes a third of the time for a single sequence."""
        apart = self._apart
        members, units = self.recurrent.shape[:2]
        recurrent = np.zeros((members, units, 4, members, units), dtype=np.float32)
        for member, weights in enumerate(apart.recurrent):
            recurrent[member, :, :, member] = weights.reshape(units, 4, units)
        kernel, bias = (
            weights.reshape(members, -1, 4, units).transpose(1, 2, 0, 3).reshape(1, -1, 4 * members * units)
            for weights in (apart.kernel, apart.bias)
        )
        return _Cells(kernel, recurrent.reshape(1, members * units, -1), bias, _halves(members * units))

    def standardised(self, inputs: np.ndarray) -> np.ndarray:
        """Return decoder inputs centred and scaled, clipped at 3 deviations; unknown inputs become the centre."""
        return standardised(inputs, self.centre, self.scale)

    def save(self, path: Path) -> None:
        """Write plain arrays (.npz, no pickle)."""
        np.savez_compressed(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load a network that `save` wrote; refuses files that need unpickling."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})
