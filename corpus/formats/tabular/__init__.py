"""Records of JSON, CSV and Parquet files, one document each."""

__all__ = ["csv_rows", "json_records", "parquet_rows"]
