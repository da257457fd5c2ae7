"""Files inside files: ZIP, TAR, gzip, bzip2 and xz, within limits."""
