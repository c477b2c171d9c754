"""The export: a copy of the ledger and of what was decided, as Parquet, that grows by what rounds have read since."""
