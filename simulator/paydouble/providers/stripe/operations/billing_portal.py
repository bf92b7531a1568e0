"""Sessions of the customer portal (https://docs.stripe.com/api/customer_portal/sessions)."""

from __future__ import annotations

from paydouble.core.call import Call, Reply
from paydouble.core.clock import later
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import methods
from paydouble.providers.stripe.accounts import derived
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models.credit_notes import PortalSession
from paydouble.providers.stripe.params_credits import PortalSessionCreate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call

PORTAL_PATH = "/p/session/{token}"
_TOKEN_LENGTH = 40


@operation(
    "billing_portal.sessions.create",
    Route("v1", "POST", "/v1/billing_portal/sessions"),
    means=("portal.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_MISSING, Errors.REFERENCE_MISSING),
    docs="https://docs.stripe.com/api/customer_portal/sessions/create",
)
async def create(call: Call[PortalSessionCreate]) -> Reply:
    """Makes an address at which a customer sees invoices, changes the card, and cancels."""
    scene, params = of_call(call), call.params
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING("Missing required param: customer.", param="customer")
    customer = await methods.customer_named(scene, params["customer"])
    token = scene.ids.token(_TOKEN_LENGTH)
    session = PortalSession(
        id=scene.id("bps_1"), created=scene.wall, merchant=scene.account, customer=customer.id, token=token,
        url=f"{scene.base_url}{PORTAL_PATH.replace('{token}', token)}?key={scene.publishable_key}",
        configuration=params.get("configuration") or f"bpc_1{derived(scene.account, 'portal', 23)}",
        locale=params.get("locale", ""), return_url=params.get("return_url", ""),
        expires=later(scene.wall, scene.terms.portal_session_lasts),
    )
    scene.work.save(session)
    scene.tell("billing_portal.session.created", session)
    return Reply(session.shown(), subject=session)


OPERATIONS = (create,)
