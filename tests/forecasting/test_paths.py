"""Shipped files are found beside the packages in a checkout and inside them where they are installed."""

from forecasting.paths import model_sets_root, sample_path, shipped_folder


def test_in_a_checkout_the_folders_beside_the_packages_are_used():
    root = sample_path().parent.parent
    assert sample_path().is_file()
    assert (root / "forecasting" / "paths.py").is_file()
    assert model_sets_root() == root / "models"


def test_a_folder_inside_an_installed_package_wins_over_a_stranger_beside_it(tmp_path):
    package = tmp_path / "site-packages" / "forecasting"
    (package / "data").mkdir(parents=True)
    (package.parent / "data").mkdir()
    assert shipped_folder(package, "data") == package / "data"
