"""Verifying a bank account by microdeposits (https://docs.stripe.com/api/payment_intents/verify_microdeposits)."""

from __future__ import annotations

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import charging, intents, methods, microdeposits, setups
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.instruments import first_step
from paydouble.providers.stripe.machines import ACTION
from paydouble.providers.stripe.params_legacy import MicrodepositsVerify
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call
from paydouble.providers.stripe.test_banks import US

_ERRORS = (
    Errors.RESOURCE_MISSING, Errors.AMOUNTS_MISMATCH, Errors.DESCRIPTOR_MISMATCH,
    Errors.VERIFICATION_EXCEEDED, Errors.VERIFICATION_TIMEOUT,
)  # fmt: skip
_PENDING = "verify_with_microdeposits"


@operation(
    "payment_intents.verify_microdeposits",
    Route("v1", "POST", "/v1/payment_intents/{id}/verify_microdeposits"),
    means=("payment.confirm",),
    idempotency=ONCE,
    errors=(*_ERRORS, Errors.UNEXPECTED_STATE),
    docs="https://docs.stripe.com/api/payment_intents/verify_microdeposits",
)
async def verify_payment(call: Call[MicrodepositsVerify]) -> Reply:
    """Goes on with a debit whose payer has seen the deposits; some wrong answers end it."""
    scene, params = of_call(call), call.params
    intent = await intents.intent_of(scene, params["id"])
    intents.check_client_secret(intent, call.merchant, params)
    if intent.status != ACTION or (intent.next_action or {}).get("type") != _PENDING:
        raise Errors.UNEXPECTED_STATE(
            "This PaymentIntent does not wait for microdeposits to be verified.",
            payment_intent=intent.shown(),
        )
    method = await methods.resolved(scene, intent.payment_method)
    error = microdeposits.wrong(params.get("amounts"), params.get("descriptor_code", ""))
    if error is not None:
        if not microdeposits.final(error):
            raise error
        return Reply.refused(error, charging.unauthenticated(scene, intent, method, "fail"))
    asked = charging.Confirmation(outcome=first_step(US, method.number), authenticated=True)
    intent, error = charging.confirm(scene, intent, method, asked)
    return Reply(intent.shown(), subject=intent) if error is None else Reply.refused(error, intent)


@operation(
    "setup_intents.verify_microdeposits",
    Route("v1", "POST", "/v1/setup_intents/{id}/verify_microdeposits"),
    means=("payment_method.set_up",),
    idempotency=ONCE,
    errors=(*_ERRORS, Errors.SETUP_UNEXPECTED_STATE),
    docs="https://docs.stripe.com/api/setup_intents/verify_microdeposits",
)
async def verify_setup(call: Call[MicrodepositsVerify]) -> Reply:
    """Saves a bank account whose holder has seen the deposits."""
    scene, params = of_call(call), call.params
    setup = await setups.setup_of(scene, params["id"])
    intents.check_client_secret(setup, call.merchant, params, "setup_intent")
    if setup.status != ACTION or (setup.next_action or {}).get("type") != _PENDING:
        raise setups.unexpected(setup, "This SetupIntent does not wait for microdeposits to be verified.")
    error = microdeposits.wrong(params.get("amounts"), params.get("descriptor_code", ""))
    if error is not None:
        if not microdeposits.final(error):
            raise error
        return Reply.refused(error, await setups.unauthenticated(scene, setup, "fail"))
    method = await methods.resolved(scene, setup.payment_method)
    setup, error = setups.confirm(scene, setup, method, setups.Confirmation(authenticated=True))
    return Reply(setup.shown(), subject=setup) if error is None else Reply.refused(error, setup)


OPERATIONS = (verify_payment, verify_setup)
