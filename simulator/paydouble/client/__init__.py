"""The simulator seen from outside, for tests, harness and load tests."""
