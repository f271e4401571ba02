"""What the trees look at, by readable names."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.evaluation.explanation.importance import FEATURES, GROUP_OF, GROUPS, importance
from forecasting.forecasters.trees.features import FEATURE_NAMES, FeatureBank
from forecasting.forecasters.trees.tree_forecaster import FIRST, LATER
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic

TREES = ("xgboost", "lightgbm")


def shipped(model):
    return fitted(SHIPPED, "15m", model, Settings())


def test_every_feature_has_a_name_of_its_own_and_a_group():
    assert len(set(FEATURES)) == len(FEATURES) == len(FEATURE_NAMES)
    assert set(GROUP_OF.tolist()) == set(range(len(GROUPS)))


@pytest.mark.parametrize("model", TREES)
def test_shares_add_up_and_fall(model):
    for part in importance(shipped(model)):
        for names, shares in ((part.features, part.shares), (part.groups, part.group_shares)):
            assert shares.sum() == pytest.approx(1.0)
            assert (np.diff(shares) <= 0).all()
            assert len(names) == len(shares)


@pytest.mark.parametrize("model", TREES)
def test_a_groups_share_is_that_of_its_features(model):
    for part in importance(shipped(model)):
        of_feature = dict(zip(part.features, part.shares, strict=True))
        for group, share in zip(part.groups, part.group_shares, strict=True):
            mine = [FEATURES[k] for k in np.flatnonzero(GROUPS.index(group) == GROUP_OF)]
            assert share == pytest.approx(sum(of_feature[name] for name in mine))


@pytest.mark.parametrize("model", TREES)
def test_the_next_bin_depends_on_the_last_ones_and_later_bins_on_the_season(model):
    first, later = importance(shipped(model))
    assert (first.part, later.part) == ("the next bin", "later steps")
    assert dict(zip(first.features, first.shares, strict=True))["steps ahead"] == 0, "it is always one bin"
    assert dict(zip(later.features, later.shares, strict=True))["steps ahead"] > 0


def test_gain_is_what_lightgbm_reports_tree_by_tree():
    booster = shipped("lightgbm").forecaster.boosters[LATER]
    trees = booster.model.trees_to_dataframe()
    splits = trees[trees["split_feature"].notna()]
    expected = np.zeros(len(FEATURE_NAMES))
    for name, gain in zip(splits["split_feature"], splits["split_gain"], strict=True):
        expected[int(name.removeprefix("Column_"))] += gain
    np.testing.assert_allclose(booster.gain(), expected, rtol=1e-4)


def test_gain_is_what_xgboost_reports_tree_by_tree():
    booster = shipped("xgboost").forecaster.boosters[LATER]
    trees = booster.model.trees_to_dataframe()
    splits = trees[trees["Feature"] != "Leaf"]
    expected = np.zeros(len(FEATURE_NAMES))
    for name, gain in zip(splits["Feature"], splits["Gain"], strict=True):
        expected[int(name.removeprefix("f"))] += gain
    np.testing.assert_allclose(booster.gain(), expected, rtol=1e-4)


@pytest.mark.parametrize("part", [FIRST, LATER])
@pytest.mark.parametrize("model", TREES)
def test_contributions_add_up_to_the_logarithm_of_the_prediction(model, part):
    forecaster = shipped(model).forecaster
    steps = np.ones(20, dtype=int) if part == FIRST else np.arange(2, 22)
    rows = FeatureBank.of(daily_traffic(9, 900)).rows(np.arange(700, 720), steps)
    added = forecaster.contributions(part, rows)
    assert added.shape == (20, len(FEATURE_NAMES) + 1)
    predicted = forecaster.boosters[part].predict(rows)
    expected = predicted if part == FIRST else predicted**2 * forecaster.lift
    np.testing.assert_allclose(np.exp(added.sum(axis=1)), expected, rtol=1e-5)
    assert np.ptp(added[:, -1]) < 1e-6, "the last column is the same for all rows"


@pytest.mark.parametrize("model", ["hybrid", "smoothing"])
def test_a_model_without_trees_is_refused(model):
    with pytest.raises(InputError, match=f"model must be xgboost or lightgbm .got '{model}'"):
        importance(shipped(model))


def test_the_sentence_names_the_two_largest_groups():
    for part in importance(shipped("lightgbm")):
        first, second = part.groups[:2]
        assert part.sentence.startswith(f"For {part.part} the trees rely most on {first} (")
        assert f" and {second} (" in part.sentence
