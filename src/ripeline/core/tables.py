"""The open data format: leads and events as CSV or Parquet, read strictly into one value."""

from ripeline.core.columns import DataProblem
from ripeline.core.history import History, history_from_rows, property_column
from ripeline.core.needs import Needs, needs_of

__all__ = ["DataProblem", "History", "Needs", "history_from_rows", "needs_of", "property_column"]
