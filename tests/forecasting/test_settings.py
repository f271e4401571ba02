"""What the environment may say, and whose home is used."""

from __future__ import annotations

import pytest

from forecasting.errors import InputError, NotReady
from forecasting.settings import Settings


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("DATAFLOW_PROXIES", "-1", "at least 0"),
        ("WEB_CONCURRENCY", "0", "at least 1"),
        ("DATAFLOW_LOG_FORMAT", "xml", "text, json"),
        ("DATAFLOW_LOG_LEVEL", "INFO!", "debug, info, warning, error"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(variable, text, rule):
    with pytest.raises(InputError, match=rule) as raised:
        Settings.from_environment({variable: text})
    assert raised.value.errors[0].field == variable


def test_no_proxy_may_be_stated():
    assert Settings.from_environment({"DATAFLOW_PROXIES": "0"}).proxies == 0


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_home_that_others_may_write_is_refused(tmp_path, mode):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    with pytest.raises(NotReady, match="other users"):
        Settings(home=home).prepare_home()


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755])
def test_a_home_that_others_may_read_is_taken(tmp_path, mode):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    assert Settings(home=home).prepare_home() == home
