"""The bodies of the control API; pydantic is imported with the first call that has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}$"
TEXT_MAX = 200

Duration = Annotated[str, Field(pattern=r"^([0-9]+(ms|s|m|h|d))+$", examples=["25h"])]
Name = Annotated[str, Field(pattern=NAME)]
Vars = dict[str, Any]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Activation(Body):
    """Exactly one of name, yaml, rules."""

    name: str | None = Field(None, description="A shipped scenario: lost-response, stripe/lost-confirmation.")
    yaml: str | None = Field(None, description="The text of a scenario file.")
    rules: list[dict[str, Any]] | None = Field(None, description="Rules as in a file: [{when, then}].")
    vars: Vars = Field(default_factory=dict)
    ttl: Duration | None = Field(None, description="Real time after which the activation ends by itself.")
    file: str = Field("", max_length=TEXT_MAX, description="What problems call the text.")
    files: dict[str, str] = Field(default_factory=dict, description="Texts of what it extends, by path.")
    environment: dict[str, str] = Field(
        default_factory=dict, description="What ${{ env.NAME }} and PAYDOUBLE_VAR_name mean in it."
    )
    provider: str = Field("", description="What ${{ provider }} means in it.")
    matrix: dict[str, Any] = Field(default_factory=dict, description="What ${{ matrix.name }} means in it.")

    @model_validator(mode="after")
    def one_source(self) -> Activation:
        if sum(each is not None for each in (self.name, self.yaml, self.rules)) != 1:
            raise ValueError("exactly one of name, yaml, rules")
        return self


class SandboxNew(Body):
    """What a scenario's own settings say of seed and clock wins over the same here."""

    id: Name | None = None
    seed: int | None = None
    clock: str | None = Field(None, description="real, frozen, auto or scaled:60", examples=["auto"])
    start: str | None = Field(None, description="First instant of business time, RFC 3339.")
    scenarios: list[str | Activation] = Field(default_factory=list)
    webhooks: Mapping[str, str] = Field(default_factory=dict, description="Provider → URL.")
    fresh_keys: bool = False


class SnapshotName(Body):
    name: Name = "snapshot"


class Webhook(Body):
    provider: str
    url: str


class Advance(Body):
    by: Duration


class Wait(Body):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    wanted: dict[str, Any] = Field(
        alias="for", examples=[{"payment": {"ref": "order-1", "phase": "paid"}}],
    )
    within: Duration = "5s"


class Act(Body):
    trigger: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
    details: dict[str, Any] = Field(default_factory=dict)


class Balance(Body):
    provider: str
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,3})?$")]


class Signal(Body):
    name: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
    ref: str = Field("", max_length=TEXT_MAX, description="Only what is about this order number.")


class GoTo(Body):
    state: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
    ref: str = Field("", max_length=TEXT_MAX, description="Of this order; else the sandbox's own machine.")


class Announce(Body):
    """`payment` as in GET payments/{id}, or `ref`: the merchant's order number."""

    event: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)] = Field(examples=["payment.succeeded"])
    payment: str = Field("", max_length=TEXT_MAX)
    ref: str = Field("", max_length=TEXT_MAX)
    provider: str = ""
    notify: dict[str, Any] | list[dict[str, Any]] | None = Field(None, description="As in a rule.")

    @model_validator(mode="after")
    def one_payment(self) -> Announce:
        if bool(self.payment) == bool(self.ref):
            raise ValueError("exactly one of payment, ref")
        return self


class Document(Body):
    """A document to be held against a contract."""

    contract: str = Field(description="Its path: stripe/v1/payment_intents.create/request.schema.json")
    document: Any


class Empty(Body):
    """Nothing has to be said."""
