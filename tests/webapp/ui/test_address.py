"""The URL as the state: everything that somebody may write into it becomes a view or a notice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from forecasting.catalog import Catalog
from forecasting.errors import ForecastingError, InputError
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE
from webapp import create_app
from webapp.ui import address
from webapp.ui.address import Key, number, one_of, read, some_of, whole

PARIS_START = moment_of("2026-03-28 00:07:00", "Europe/Paris")
"""The day before the clocks go forward, and not on a whole quarter of an hour."""

KEYS = (
    Key("model", one_of("hybrid", "xgboost"), "hybrid"),
    Key("horizon", whole(1, 100), 12),
    Key("boot", number(0, 3600)),
    Key("policies", some_of("reactive", "fixed", "hybrid"), ("fixed",), of_dataset=True),
    Key("origin", of_dataset=True),
    Key("bins", whole(1, 10**9), default=lambda info: info.bins),
)


@pytest.fixture(scope="module")
def _served(tmp_path_factory) -> Iterator[None]:
    """A request to an application with a few data sets."""
    settings = Settings(home=tmp_path_factory.mktemp("state") / "home")
    catalog = Catalog(settings)
    catalog.add(Series("paris", MINUTE, PARIS_START, np.ones(3 * 1440), time_zone="Europe/Paris"))
    catalog.add(Series("hours", HOUR, 800_000_000 // HOUR * HOUR, np.ones(200)))
    catalog.add(Series("thirds", 20 * MINUTE, 0, np.ones(50)))
    catalog.add(Series("tiny", MINUTE, 0, np.ones(1)))
    with create_app(settings).server.test_request_context("/"):
        yield


pytestmark = pytest.mark.usefixtures("_served")


def words_of(reader: address.Read, text: str) -> str | None:
    """What a reader says against a text, None where it takes it."""
    try:
        reader(text)
    except ValueError as error:
        return str(error)
    return None


class TestReaders:
    def test_one_of(self):
        assert one_of("a", "b")("b") == "b"
        with pytest.raises(ValueError, match="must be one of a, b"):
            one_of("a", "b")("c")

    def test_some_of_keeps_the_order_of_the_names(self):
        assert some_of("a", "b", "c")("c,a,,a") == ("a", "c")
        for text in ("", ",", "a,d"):
            with pytest.raises(ValueError, match="some of a, b, c"):
                some_of("a", "b", "c")(text)

    @pytest.mark.parametrize(("text", "value"), [("1", 1), ("1e2", 100), (" 7.0 ", 7), ("100", 100)])
    def test_whole(self, text, value):
        found = whole(1, 100)(text)
        assert found == value
        assert type(found) is int

    @pytest.mark.parametrize("text", ["0", "101", "1.5", "nan", "inf", "-inf", "1e400", "x", "1e16", "0x10", "１.5"])
    def test_whole_refuses(self, text):
        with pytest.raises(ValueError, match="must be a"):
            whole(1, 100)(text)

    @pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("-0.5", -0.5), ("1e-3", 0.001), ("10", 10.0)])
    def test_number(self, text, value):
        assert number(-1, 10)(text) == value

    @pytest.mark.parametrize("text", ["nan", "inf", "10.001", "-1.1", "ten", "", "1,5"])
    def test_number_refuses(self, text):
        with pytest.raises(ValueError, match="must be a number"):
            number(-1, 10)(text)

    @given(st.text())
    def test_any_text_is_read_or_refused_with_words(self, text):
        for reader in (one_of("a"), some_of("a", "b"), number(0, 1), whole(0, 1)):
            words = words_of(reader, text)
            assert words is None or words.startswith("must be ")


class TestRead:
    def test_nothing_is_all_defaults(self):
        view = read("cost", {}, KEYS)
        assert (view.dataset, view.timeframe, view["range"]) == ("nasa-http", "1m", "all")
        assert (view["model"], view["horizon"], view["boot"], view["policies"]) == ("hybrid", 12, None, ("fixed",))
        assert view["bins"] == view.info.bins
        assert view.notices == ()
        assert view.values == view.defaults

    def test_what_is_given_is_read(self):
        query = {"dataset": "paris", "timeframe": "5m", "range": "24h", "horizon": "3", "policies": "hybrid,reactive"}
        view = read("cost", query, KEYS)
        assert (view.dataset, view.timeframe, view["horizon"]) == ("paris", "5m", 3)
        assert view["policies"] == ("reactive", "hybrid")
        assert view.notices == ()

    def test_an_empty_text_is_not_given_and_of_several_the_last_holds(self):
        view = read("cost", {"horizon": ["3", "4"], "model": "", "boot": [], "timeframe": None}, KEYS)
        assert (view["horizon"], view["model"], view["boot"], view.timeframe) == (4, "hybrid", None, "1m")
        assert view.notices == ()

    def test_unknown_keys_are_left_alone(self):
        assert read("cost", {"utm_source": "mail"}, KEYS).notices == ()

    def test_every_wrong_value_is_named_with_what_to_write(self):
        view = read("cost", {"model": "arima", "horizon": "0", "boot": "soon", "range": "month"}, KEYS)
        assert view.values == view.defaults
        assert sorted(view.notices) == [
            "boot must be a number (got 'soon'). Using the default instead.",
            "horizon must be an integer from 1 to 100 (got '0'). Using the default instead.",
            "model must be one of hybrid, xgboost (got 'arima'). Using the default instead.",
            "range must be one of 24h, 7d, 14d, all, custom (got 'month'). Using the default instead.",
        ]

    def test_a_data_set_that_is_not_there(self):
        view = read("cost", {"dataset": "absent"}, KEYS)
        assert view.dataset == "nasa-http"
        (notice,) = view.notices
        assert "Data set 'absent' not found" in notice
        assert notice.endswith("Showing nasa-http instead.")

    @pytest.mark.parametrize(
        ("dataset", "timeframes"), [("paris", ("1m", "5m", "15m")), ("hours", ("1h",)), ("thirds", ("20m",))]
    )
    def test_timeframes_are_those_that_the_bins_add_up_to(self, dataset, timeframes):
        view = read("cost", {"dataset": dataset, "timeframe": "2m"}, KEYS)
        assert address.timeframes_of(view.info) == timeframes
        assert view.timeframe == timeframes[0]
        assert view.series.timeframe == timeframes[0]
        assert "(got '2m')" in view.notices[0]

    def test_a_notice_stays_short_whatever_was_written(self):
        for key in ("dataset", "model", "start"):
            (notice,) = read("cost", {key: "x" * 100_000}, KEYS).notices
            assert len(notice) < 400
            assert "…" in notice

    @hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from([key.name for key in (*address.COMMON, *KEYS)]),
            st.one_of(st.text(), st.lists(st.text(max_size=3), max_size=3), st.none(), st.integers(), st.floats()),
        )
    )
    def test_any_query_is_a_view(self, query):
        view = read("cost", query, KEYS)
        assert read("cost", view.to_store()["values"], KEYS).values == view.values


class TestSpans:
    @pytest.mark.parametrize(("name", "seconds"), [("24h", DAY), ("7d", 7 * DAY), ("14d", 14 * DAY)])
    def test_a_named_range_ends_with_the_data(self, name, seconds):
        view = read("cost", {"range": name}, ())
        assert view.span == (view.info.end - seconds, view.info.end)

    def test_all_and_what_is_longer_than_the_data(self):
        for name in ("all", "14d", "custom"):
            view = read("cost", {"range": name, "dataset": "paris"}, ())
            assert view.span == (view.info.start, view.info.end)

    def test_times_are_of_the_wall_of_the_data_set_and_survive_the_change_of_the_clocks(self):
        query = {"dataset": "paris", "range": "custom", "start": "2026-03-29", "end": "2026-03-30"}
        start, end = read("cost", query, ()).span
        assert end - start == DAY - HOUR
        assert wall_text(start, "Europe/Paris") == "2026-03-29 00:00:00"
        assert wall_text(end, "Europe/Paris") == "2026-03-30 00:00:00"

    def test_an_offset_in_the_text_holds(self):
        query = {"dataset": "paris", "range": "custom", "start": "2026-03-28T12:00:00+00:00"}
        start, _ = read("cost", query, ()).span
        assert wall_text(start, "Europe/Paris") == "2026-03-28 13:00:00"

    def test_one_edge_is_enough_and_edges_outside_are_cut(self):
        query = {"dataset": "paris", "range": "custom", "end": "2026-03-29", "start": "1990-01-01"}
        view = read("cost", query, ())
        assert view.span == (view.info.start, moment_of("2026-03-29", "Europe/Paris"))
        assert view.notices == ()

    def test_edges_wait_until_the_range_is_custom(self):
        view = read("cost", {"start": "2026-04-01", "end": "2026-04-02"}, ())
        assert view.span == (view.info.start, view.info.end)
        assert view["start"] == "2026-04-01"

    @pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-13-01", "12:00", "Ø", "2026-03-28 25:00"])
    def test_what_is_no_time_is_left_out(self, text):
        view = read("cost", {"dataset": "paris", "range": "custom", "start": text}, ())
        assert view["start"] is None
        assert view.notices[0].startswith("start must be a time such as")
        assert f"(got {text!r})" in view.notices[0]

    @pytest.mark.parametrize(
        ("start", "end"), [("2026-03-29", "2026-03-28"), ("2027-01-01", None), (None, "2020-01-01")]
    )
    def test_a_range_without_data_is_all_of_it_with_a_notice(self, start, end):
        view = read("cost", {"dataset": "paris", "range": "custom", "start": start, "end": end}, ())
        assert (view["range"], view["start"], view["end"]) == ("all", None, None)
        assert view.notices == (
            "paris has no data in that range; it reaches from 2026-03-28 00:07:00 to 2026-03-31 01:07:00. "
            "Showing all of it.",
        )

    @hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.sampled_from(["1m", "5m", "15m"]),
        st.one_of(st.integers(-HOUR, HOUR), st.integers(3 * DAY - HOUR, 3 * DAY), st.integers(-DAY, 3 * DAY)),
        st.one_of(st.integers(1, 100), st.integers(1, 5 * DAY)),
    )
    def test_every_range_that_touches_the_data_has_a_bin(self, timeframe, begins, length):
        start = PARIS_START + begins
        first, last = (wall_text(second, "UTC") + "+00:00" for second in (start, start + length))
        query = {"dataset": "paris", "timeframe": timeframe, "range": "custom", "start": first, "end": last}
        view = read("cost", query, ())
        assert len(view.series.between(*view.span)) >= 1

    def test_a_data_set_of_one_bin(self):
        view = read("cost", {"dataset": "tiny", "range": "24h"}, ())
        assert len(view.series.between(*view.span)) == 1

    def test_too_little_for_a_timeframe_is_an_error_of_the_service_layer(self):
        view = read("cost", {"dataset": "tiny", "timeframe": "15m"}, ())
        with pytest.raises(ForecastingError, match="not one complete bin of 15m"):
            _ = view.series


class TestStore:
    def test_there_and_back(self):
        query = {"dataset": "paris", "timeframe": "5m", "range": "custom", "start": "2026-03-29", "policies": "hybrid"}
        view = read("cost", query, KEYS)
        store = view.to_store()
        again = address.of_store(store, KEYS)
        assert again.values == view.values
        assert again.defaults == view.defaults
        assert again.to_store() == store
        assert (again.page, again.span, again.version) == (view.page, view.span, view.version)

    def test_the_series_is_the_same_one_while_nothing_changes(self):
        first, second = (read("cost", {"dataset": "paris", "timeframe": "5m"}, ()) for _ in range(2))
        assert first.series is second.series

    @pytest.mark.parametrize(
        "data",
        [
            None,
            1,
            "text",
            [],
            {},
            {"values": {}},
            {"page": "cost"},
            {"page": 1, "values": {}},
            {"page": "", "values": []},
        ],
    )
    def test_what_no_page_sent_is_refused(self, data):
        with pytest.raises(InputError, match="Reload"):
            address.of_store(data, KEYS)

    @hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from([key.name for key in (*address.COMMON, *KEYS)]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.text(max_size=5),
                lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
                max_leaves=4,
            ),
        )
    )
    def test_any_values_in_it_are_a_view(self, values):
        assert address.of_store({"page": "cost", "values": values}, KEYS).page == "cost"

    def test_a_view_is_not_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            read("cost", {}, ()).page = "data"
