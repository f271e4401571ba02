"""What serves without Prophet and Keras equals Prophet and Keras."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.forecasters.hybrid.network import Network
from forecasting.forecasters.hybrid.shape import Shape, fitted_prophet
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from forecasting.timeseries.timeframes import API_TIMEFRAMES
from tests.forecasting.traffic import daily_traffic


@pytest.mark.parametrize("days", [5, 20])
def test_the_shape_equals_prophet(days):
    series = daily_traffic(days, 3_600)
    prophet = fitted_prophet(series.wall, np.log(series.requests_count), 3_600)
    future = np.arange(series.wall[0] - 86_400, series.wall[-1] + 9 * 86_400, 420)
    expected = prophet.predict(pd.DataFrame({"ds": future.astype("datetime64[s]")}))["yhat"].to_numpy()
    np.testing.assert_allclose(Shape.from_prophet(prophet).log_curve(future), expected, atol=1e-8, rtol=0)


@pytest.mark.parametrize("timeframe", API_TIMEFRAMES)
def test_the_network_equals_keras(timeframe):
    from forecasting.forecasters.hybrid import network_training

    network = fitted(SHIPPED, timeframe, "hybrid", Settings()).forecaster.network
    rng = np.random.default_rng(1)
    sequences = rng.normal(0, 0.4, (40, 48, 2)).astype(np.float32)
    inputs = (network.centre + network.scale * rng.normal(0, 1, (40, 12, len(network.centre)))).astype(np.float32)
    model = network_training.build(sequences.shape[1:], inputs.shape[1:])
    expected = []
    for member in range(len(network.kernel)):
        for name, weights in (
            ("lstm", [network.kernel, network.recurrent, network.bias]),
            ("hidden", [network.hidden, network.hidden_bias]),
            ("second", [network.second, network.second_bias]),
            ("out", [network.out, network.out_bias]),
        ):
            model.get_layer(name).set_weights([array[member] for array in weights])
        expected.append(model.predict([sequences, network.standardised(inputs)], verbose=0))
    np.testing.assert_allclose(network.members(sequences, inputs), expected, atol=1e-5)
    np.testing.assert_allclose(network(sequences, inputs), np.clip(np.mean(expected, axis=0), -1, 1), atol=1e-5)


def test_a_pickled_network_is_refused(tmp_path):
    np.savez(tmp_path / "network.npz", kernel=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Network.load(tmp_path / "network.npz")
