"""Thin, pure wrappers over `cryptography`, tested against published vectors."""
