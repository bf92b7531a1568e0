"""Metadata: how much fits, and how an update merges into it (https://docs.stripe.com/api/metadata)."""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.providers.stripe.errors import Errors

KEYS_MAX = 50
KEY_LENGTH_MAX = 40


def merged(old: Mapping[str, str], given: Mapping[str, str] | str | None) -> Mapping[str, str]:
    """None: nothing was sent; an empty string removes all keys, an empty value one. Raises ProviderError."""
    if given is None:
        return old
    if isinstance(given, str):
        return {}
    for key in given:
        if len(key) > KEY_LENGTH_MAX:
            raise Errors.PARAMETER_INVALID(
                f"Metadata keys can have up to {KEY_LENGTH_MAX} characters, but you passed in a key that "
                f"is {len(key)} characters. Invalid key: {key}",
                param="metadata",
            )
    result = {**old, **given}
    result = {key: value for key, value in result.items() if value != ""}
    if len(result) > KEYS_MAX:
        raise Errors.PARAMETER_INVALID(
            f"Metadata can only have up to {KEYS_MAX} keys; you would have {len(result)} keys.",
            param="metadata",
        )
    return result
