"""Records of JSON, CSV and Parquet files, one document each."""
