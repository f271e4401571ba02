"""`dataflow check`: would this install serve?"""

from __future__ import annotations

import tempfile

import click

from forecasting.cli.shared_options import open_catalog, read_settings, talking
from forecasting.cli.terminal import Terminal, fields
from forecasting.errors import NotReady
from forecasting.settings import Settings


@click.command("check")
@talking
def check_command(terminal: Terminal) -> None:
    """Check that settings, home, catalog, models and simulator load.

    For a release step: exit 1 where one does not.

    \b
    Example:
      dataflow check
    """
    from forecasting.version import installed_version

    settings = read_settings()
    found = {
        "version": installed_version(),
        "home": str(settings.home),
        "read_only": settings.read_only,
        "datasets": len(open_catalog(settings).list()),
        "model_sets": _load_model_sets(settings, terminal),
        "simulator": _run_kernels(terminal),
    }
    if not settings.read_only:
        _check_writable(settings)
    sets = ", ".join(f"{name} ({count} models)" for name, count in found["model_sets"].items())
    home = f"{settings.home} ({'read-only' if settings.read_only else 'writable'})"
    shown = [("version", found["version"]), ("home", home), ("data sets", found["datasets"]), ("model sets", sets)]
    terminal.result(found, fields([*shown, ("simulator", found["simulator"]), ("result", "all well")]))


def _load_model_sets(settings: Settings, terminal: Terminal) -> dict[str, int]:
    """Load every model of every set and count them by set; raises NotReady, or NotFound without the shipped set."""
    from forecasting import model_sets

    names = dict.fromkeys([model_sets.SHIPPED, *model_sets.set_names(settings)])
    cards = {name: model_sets.card_of(name, settings)["models"] for name in names}
    wanted = [
        (name, timeframe, model) for name in cards for timeframe, models in cards[name].items() for model in models
    ]
    with terminal.share_progress("loading models") as progress:
        for done, key in enumerate(wanted, start=1):
            model_sets.fitted(*key, settings)
            progress(done / len(wanted))
    return {name: sum(map(len, card.values())) for name, card in cards.items()}


def _run_kernels(terminal: Terminal) -> str:
    """Load the simulator's compiled code, compiling what is missing, and run each part of it once."""
    with terminal.share_progress("compiling the simulator"):
        from forecasting.scaling.kernels.warming import compile_all

        compile_all()
    return "compiled"


def _check_writable(settings: Settings) -> None:
    try:
        with tempfile.TemporaryFile(dir=settings.prepare_home()):
            pass
    except OSError as error:
        raise NotReady(
            f"The home {settings.home} is not writable ({error.strerror}); set DATAFLOW_HOME to a folder that is, or "
            "DATAFLOW_READ_ONLY=1."
        ) from error
