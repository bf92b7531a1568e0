"""PayDouble: the test double for payment providers."""

__version__ = "0.1.0"
