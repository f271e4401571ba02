"""`dataflow check`: verify the installation."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

import click

import forecasting
from forecasting.access.requirements import check_access
from forecasting.cli.shared_options import open_catalog, output_options, read_settings, take_in_model_sets
from forecasting.cli.terminal import Terminal, fields
from forecasting.errors import DamagedModelSet, NotReady, WorkFailed
from forecasting.settings import Settings
from forecasting.version import installed_version


@click.command("check")
@click.option("--deep", is_flag=True, help="Also read everything that is stored; exit code 1 if any of it is damaged.")
@output_options
def check_command(deep: bool, terminal: Terminal) -> None:
    """Verify the installation: settings, home, catalog, models and simulator.

    For release scripts: exit code 1 if any of them does not load. A model set of your own that is damaged is only
    named, since forecasts do without it. With --deep, every data set, model file and row is read, and the free disk
    space is looked at.

    \b
    Examples:
      dataflow check
      dataflow check --deep
    """
    settings = read_settings()
    check_access(settings)
    take_in_model_sets(settings)
    if deep:
        _check_deep(settings, terminal)
    model_sets, broken = _load_model_sets(settings, terminal)
    terminal.note(broken.values())
    result = {
        "version": installed_version(),
        "home": str(settings.home),
        "read_only": settings.read_only,
        "datasets": len(open_catalog(settings).list()),
        "model_sets": model_sets,
        "broken_model_sets": broken,
        "simulator": _run_kernels(terminal),
    }
    if not settings.read_only:
        _check_writable(settings)
    sets = ", ".join(f"{name} ({count} models)" for name, count in model_sets.items())
    home = f"{settings.home} ({'read-only' if settings.read_only else 'writable'})"
    shown = [("version", result["version"]), ("home", home), ("data sets", result["datasets"]), ("model sets", sets)]
    terminal.result(result, fields([*shown, ("simulator", result["simulator"]), ("result", _outcome(broken))]))


def _load_model_sets(settings: Settings, terminal: Terminal) -> tuple[dict[str, int], dict[str, str]]:
    """Load every model and return their number by set, and what is wrong by set; a damaged set is named and left out.

    Raises NotFound or DamagedModelSet for the shipped set.
    """
    from forecasting import model_sets  # numpy and pandas take a second to import

    model_sets.card_of(model_sets.SHIPPED, settings)
    cards = {name: card["models"] for name, card in model_sets.cards_of(settings).items()}
    models = [
        (name, timeframe, model) for name in cards for timeframe, entries in cards[name].items() for model in entries
    ]
    with terminal.share_progress("loading models") as progress:
        for done, (name, timeframe, model) in enumerate(models, start=1):
            try:
                model_sets.fitted(name, timeframe, model, settings)
            except DamagedModelSet:
                if name == model_sets.SHIPPED:
                    raise
            progress(done / len(models))
    broken = model_sets.broken_sets(settings)
    return {name: sum(map(len, card.values())) for name, card in cards.items() if name not in broken}, broken


def _check_deep(settings: Settings, terminal: Terminal) -> None:
    """Read everything that is stored; raises WorkFailed with all that is damaged."""
    with terminal.share_progress("reading everything") as progress:
        problems = forecasting.problems_of(settings, progress)
    terminal.note(problems)
    if problems:
        raise WorkFailed(f"{len(problems)} of what is stored is damaged, see above. Everything else works.")


def _outcome(broken: Mapping[str, str]) -> str:
    return f"ok, without damaged model sets: {', '.join(broken)}" if broken else "ok"


def _run_kernels(terminal: Terminal) -> str:
    """Load the simulator's compiled code, compile any missing part, and run each part once."""
    with terminal.share_progress("compiling the simulator"):
        from forecasting.scaling.kernels.warming import compile_all  # numba takes a second to import

        compile_all()
    return "compiled"


def _check_writable(settings: Settings) -> None:
    try:
        with tempfile.TemporaryFile(dir=settings.prepare_home()):
            pass
    except OSError as error:
        raise NotReady(
            f"The home {settings.home} is not writable ({error.strerror}). Set DATAFLOW_HOME to a writable folder, or "
            "DATAFLOW_READ_ONLY=1."
        ) from error
