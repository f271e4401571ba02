"""Everything that enters: files and posted points, each through one door, as a Series and an account of it."""

from forecasting.readers.importing import import_files
from forecasting.readers.options import FORMATS, ImportOptions
from forecasting.readers.report import ImportReport

__all__ = ["FORMATS", "ImportOptions", "ImportReport", "import_files"]
