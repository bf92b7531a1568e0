"""Ratios between PayDouble and reference servers, taken in one run: `make bench`."""
