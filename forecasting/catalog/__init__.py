"""The catalog: the data sets of one home, kept in an embedded database through restarts and kills."""

from forecasting.catalog.datasets import Catalog, DatasetInfo

__all__ = ["Catalog", "DatasetInfo"]
