"""What happens to a subscription when its payer agrees to another plan, quantity or price.

https://developer.paypal.com/docs/subscriptions/customize/revise-subscriptions/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Instant
from paydouble.core.work import Work
from paydouble.providers.paypal.billing import due
from paydouble.providers.paypal.billing_showing import told
from paydouble.providers.paypal.plans import TRIAL, Plan
from paydouble.providers.paypal.subscription_models import Subscription


def revised(work: Work, subscription: Subscription, plan: Plan, now: Instant) -> Subscription:
    """From the next payment on; the trials of another plan are not given again (unverified)."""
    wanted = subscription.revision
    changes: dict[str, Any] = {
        name: wanted[name] for name in ("quantity", "shipping_minor", "overrides") if name in wanted
    }
    if plan.id != subscription.plan:
        changes = {"overrides": {}, **changes, "plan": plan.id, "done": _trials_over(plan)}
    if "shipping_address" in wanted:
        changes["subscriber"] = {
            **subscription.subscriber, "shipping_address": wanted["shipping_address"],
        }
    changed = replace(subscription, revision={}, updated=now, **changes)
    changed = replace(changed, total_minor=due(plan, changed).total)
    work.save(changed)
    work.announce(told("BILLING.SUBSCRIPTION.UPDATED", changed, plan))
    return changed


def _trials_over(plan: Plan) -> Mapping[str, int]:
    return {
        str(cycle["sequence"]): int(cycle["total_cycles"]) for cycle in plan.cycles
        if cycle["tenure_type"] == TRIAL
    }
