"""A shop for four providers, whole and small: to test with, to break on purpose, to copy from."""
