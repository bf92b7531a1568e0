// The newest Node SDK, which is strict about what it reads: a plan, a subscription and its renewal, the reports.
import { Client, Environment, SubscriptionsController, TransactionSearchController } from "@paypal/paypal-server-sdk";

const { PAYDOUBLE_URL, PAYDOUBLE_SANDBOX, PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET } = process.env;

async function control(path, body) {
  const answer = await fetch(`${PAYDOUBLE_URL}/_paydouble/sandboxes/${PAYDOUBLE_SANDBOX}/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}
const act = (id, trigger, details = {}) => control(`payments/paypal%3A${id}/act`, { trigger, details });

// The SDK has no products.
const product = await (await fetch(`${PAYDOUBLE_URL}/v1/catalogs/products`, {
  method: "POST", body: JSON.stringify({ name: "Milk", type: "PHYSICAL" }),
  headers: { "Content-Type": "application/json", Authorization: `Basic ${btoa(`${PAYPAL_CLIENT_ID}:${PAYPAL_CLIENT_SECRET}`)}` },
})).json();

const client = new Client({
  clientCredentialsAuthCredentials: { oAuthClientId: PAYPAL_CLIENT_ID, oAuthClientSecret: PAYPAL_CLIENT_SECRET },
  environment: Environment.Sandbox,
});
const subscriptions = new SubscriptionsController(client), search = new TransactionSearchController(client);
const saw = {};
const cycle = {
  frequency: { intervalUnit: "MONTH", intervalCount: 1 }, tenureType: "REGULAR", sequence: 1, totalCycles: 0,
  pricingScheme: { fixedPrice: { currencyCode: "USD", value: "10.00" } },
};
const plan = await subscriptions.createBillingPlan({
  prefer: "return=representation",
  body: {
    productId: product.id, name: "Fresh milk", billingCycles: [cycle],
    paymentPreferences: { autoBillOutstanding: true, paymentFailureThreshold: 2 },
  },
});
saw.plan = [plan.statusCode, plan.result.status, plan.result.billingCycles[0].pricingScheme.fixedPrice.value];
saw.plans = (await subscriptions.listBillingPlans({ totalRequired: true })).result.totalItems;
const made = await subscriptions.createSubscription({ body: { planId: plan.result.id, customId: "milk" } });
saw.made = [made.statusCode, made.result.status];
await act(made.result.id, "approve");
await act(made.result.id, "fund", { funds: "insufficient_funds" });
await control("clock/advance", { by: "32d" });
const failed = (await subscriptions.getSubscription({ id: made.result.id, fields: "last_failed_payment,plan" })).result;
saw.failed = [failed.status, failed.billingInfo.lastFailedPayment.reasonCode, failed.billingInfo.failedPaymentsCount];
await act(made.result.id, "fund");
await control("clock/advance", { by: "6d" });
const paid = (await subscriptions.listSubscriptionTransactions({
  id: made.result.id, startTime: "2000-01-01T00:00:00Z", endTime: "2100-01-01T00:00:00Z",
})).result;
saw.paid = paid.transactions.map((one) => [one.status, one.amountWithBreakdown.grossAmount.value]);
saw.suspended = (await subscriptions.suspendSubscription({ id: made.result.id, body: { reason: "Holiday" } })).statusCode;
saw.listed = (await subscriptions.listSubscriptions({ statuses: "SUSPENDED" })).result.subscriptions.length;
try {
  await subscriptions.suspendSubscription({ id: made.result.id, body: { reason: "Again" } });
} catch (error) {
  saw.refused = [error.statusCode, error.result.details[0].issue];
}
const balances = (await search.searchBalances({})).result;
saw.balance = balances.balances.map((one) => [one.currency, one.totalBalance.value]);
console.log(JSON.stringify(saw));
