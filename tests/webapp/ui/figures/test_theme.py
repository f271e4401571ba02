"""Colours mean one thing each, can be read in both themes, and cover every model and policy there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.scaling.config.policy_names import POLICIES
from webapp import create_app
from webapp.ui.figures import theme
from webapp.ui.figures.theme import COOKIE, DARK, LIGHT

THEMES = (LIGHT, DARK)
HEX = re.compile(r"#[0-9a-f]{6}")
AREAS = {"grid", "paper", "idle", "outage"}
"""Roles of what lies behind: their contrast is low on purpose, and nothing is written in them."""
MARKS = {"burst"}
"""Small marks without text."""
STYLES = (Path(__file__).parents[4] / "assets" / "theme.css").read_text(encoding="utf-8")
TEXTS = ("ink", "muted", "accent", "good", "bad", "warm")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def variables(theme_name: str) -> dict[str, str]:
    """The colours of a theme in the style sheet."""
    selector = r":root" if theme_name == LIGHT else r'\[data-bs-theme="dark"\]'
    blocks = re.findall(selector + r" \{([^}]*--surface[^}]*)\}", STYLES)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", "".join(blocks)))


def test_the_measure_of_contrast():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_every_role_has_a_colour_of_its_own(name):
    colours = vars(theme.palette(name))
    assert all(HEX.fullmatch(colour) for colour in colours.values())
    assert len(set(colours.values())) == len(colours)
    assert [pair[THEMES.index(name)] for pair in theme.roles()["pairs"]] == list(colours.values())


@pytest.mark.parametrize("name", THEMES)
def test_what_is_drawn_can_be_seen_and_what_labels_are_written_in_can_be_read(name):
    colours = vars(theme.palette(name))
    for role in colours.keys() - AREAS:
        assert contrast(colours[role], colours["paper"]) >= (3 if role in MARKS else 4.5), role


@pytest.mark.parametrize("name", THEMES)
def test_the_style_sheet_says_the_same_and_its_texts_can_be_read_on_every_ground(name):
    colours, palette = variables(name), theme.palette(name)
    assert {text: colours[text] for text in ("ink", "muted", "accent", "good")} == {
        text: getattr(palette, text) for text in ("ink", "muted", "accent", "good")
    }
    assert colours["surface"] == palette.paper
    for text in TEXTS:
        for ground in ("surface", "ground", "accent-soft"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_both_themes_define_the_same_variables():
    assert variables(LIGHT).keys() == variables(DARK).keys()


def test_every_policy_has_a_colour_and_a_dash_of_its_own_name():
    assert set(theme.POLICY_ROLES) == set(POLICIES)
    assert set(theme.POLICY_DASHES) <= set(POLICIES)
    assert set(theme.POLICY_ROLES.values()) <= set(vars(theme.palette(LIGHT)))
    assert len(set(theme.POLICY_ROLES.values())) == len(POLICIES)


def test_every_trained_model_has_a_colour_and_baselines_share_one():
    assert set(theme.MODEL_ROLES) == set(MAIN_MODELS)
    grey = theme.palette(DARK).baseline
    assert {theme.model_colour(name, DARK) for name in MODEL_NAMES if name not in MAIN_MODELS} == {grey}
    assert len({theme.model_colour(name, DARK) for name in MAIN_MODELS} - {grey}) == len(MAIN_MODELS)


def test_a_variant_has_its_own_colour_else_that_of_its_family():
    assert theme.policy_colour("reactive:smoothing", LIGHT) == theme.palette(LIGHT).smoothing
    assert theme.policy_colour("reactive:70", LIGHT) == theme.palette(LIGHT).reactive
    assert theme.policy_colour("unknown", LIGHT) == theme.palette(LIGHT).muted


def test_fading_keeps_the_channels_that_the_browser_looks_for():
    assert theme.fade("#0b5fb0", 0.25) == "rgba(11,95,176,0.25)"
    assert theme.fade("#ffffff", 1) == "rgba(255,255,255,1)"


@pytest.mark.parametrize("name", THEMES)
def test_a_template_uses_the_colours_of_its_theme_only(name):
    (other,) = set(THEMES) - {name}
    written = json.dumps(theme.template(name))
    assert set(HEX.findall(written)) <= set(vars(theme.palette(name)).values())
    assert not set(HEX.findall(written)) & (
        set(vars(theme.palette(other)).values()) - set(vars(theme.palette(name)).values())
    )
    assert theme.roles()[name] == theme.template(name)


@pytest.mark.parametrize(("cookie", "expected"), [(None, LIGHT), ("dark", DARK), ("light", LIGHT), ("pink", LIGHT)])
def test_a_figure_is_drawn_in_the_theme_of_the_browser(settings, cookie, expected):
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    with create_app(settings).server.test_request_context("/", headers=headers):
        assert theme.current() == expected
        assert theme.layout()["template"] == theme.template(expected)
        assert theme.palette() == theme.palette(expected)


def test_outside_of_a_request_it_is_light():
    assert theme.current() == LIGHT
