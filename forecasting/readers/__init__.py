"""Everything that enters: files and posted points, each through one door, as a Series and an account of it."""

from forecasting.readers.door import import_files
from forecasting.readers.options import FORMATS, ImportOptions
from forecasting.readers.point_times import PointForm, format_ds
from forecasting.readers.points import import_points
from forecasting.readers.report import ImportReport

__all__ = ["FORMATS", "ImportOptions", "ImportReport", "PointForm", "format_ds", "import_files", "import_points"]
