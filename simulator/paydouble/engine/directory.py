"""Which credential belongs to which merchant of which sandbox."""

from __future__ import annotations

from paydouble.core.call import Merchant


class Directory:
    """Every handle of every merchant, of all sandboxes."""

    def __init__(self) -> None:
        self._by_handle: dict[tuple[str, str], Merchant] = {}
        self._by_sandbox: dict[str, dict[str, list[Merchant]]] = {}

    def add(self, merchant: Merchant) -> None:
        """Raises ValueError where a handle is taken by another merchant."""
        for handle in merchant.handles:
            taken = self._by_handle.get((merchant.provider, handle))
            if taken is not None and (taken.sandbox, taken.id) != (merchant.sandbox, merchant.id):
                raise ValueError(f"{merchant.provider} already has a merchant {handle}")
        for handle in merchant.handles:
            self._by_handle[merchant.provider, handle] = merchant
        of_sandbox = self._by_sandbox.setdefault(merchant.sandbox, {})
        of_sandbox.setdefault(merchant.provider, []).append(merchant)

    def find(self, provider: str, handle: str) -> Merchant | None:
        return self._by_handle.get((provider, handle))

    def merchant(self, sandbox: str, provider: str, id: str = "") -> Merchant | None:
        """The merchant with this id, or the sandbox's first of that provider."""
        merchants = self._by_sandbox.get(sandbox, {}).get(provider, [])
        return next((merchant for merchant in merchants if id in ("", merchant.id)), None)

    def of(self, sandbox: str) -> tuple[Merchant, ...]:
        return tuple(m for merchants in self._by_sandbox.get(sandbox, {}).values() for m in merchants)

    def drop(self, sandbox: str) -> None:
        for merchant in self.of(sandbox):
            for handle in merchant.handles:
                self._by_handle.pop((merchant.provider, handle), None)
        self._by_sandbox.pop(sandbox, None)
