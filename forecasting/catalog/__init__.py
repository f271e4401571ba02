"""The catalog: the data sets of one home, stored in an embedded database that survives restarts and kills."""

from forecasting.catalog.appended_points import AppendReport
from forecasting.catalog.collected_points import collect, collect_many
from forecasting.catalog.dataset_info import DatasetInfo
from forecasting.catalog.datasets import Catalog

__all__ = ["AppendReport", "Catalog", "DatasetInfo", "collect", "collect_many"]
