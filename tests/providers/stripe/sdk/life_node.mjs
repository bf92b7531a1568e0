// A subscription and a checkout on stripe-node 17 or 23; prints what it saw as one line of JSON.

import Stripe from "stripe";

const base = new URL(process.env.PAYDOUBLE_URL);
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, {
  host: base.hostname, port: base.port, protocol: "http", maxNetworkRetries: 0, telemetry: false,
});
const START = 1772366400;
const DAY = 86400;
const BASIL = Number.parseInt(Stripe.PACKAGE_VERSION, 10) >= 18;
const seen = {};

const product = await stripe.products.create({ name: "Plan" });
const price = await stripe.prices.create({
  product: product.id, currency: "usd", unit_amount_decimal: "1999.5", recurring: { interval: "month" },
});
seen.price = [price.unit_amount, String(price.unit_amount_decimal)];
const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
const customer = await stripe.customers.create({ test_clock: clock.id });

async function advance(to) {
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: to });
  while ((await stripe.testHelpers.testClocks.retrieve(clock.id)).status !== "ready");
}

const waiting = await stripe.subscriptions.create({
  customer: customer.id, items: [{ price: price.id }], payment_behavior: "default_incomplete",
  payment_settings: { save_default_payment_method: "on_subscription" },
  expand: [BASIL ? "latest_invoice.confirmation_secret" : "latest_invoice.payment_intent"],
});
const secret = (waiting.latest_invoice.confirmation_secret ?? waiting.latest_invoice.payment_intent).client_secret;
seen.waiting = [waiting.status, secret.split("_secret_")[0].slice(0, 3)];
await stripe.paymentIntents.confirm(secret.split("_secret_")[0], { payment_method: "pm_card_visa" });
seen.active = (await stripe.subscriptions.retrieve(waiting.id)).status;
await advance(START + 32 * DAY);
const renewed = await stripe.subscriptions.retrieve(waiting.id, { expand: ["latest_invoice"] });
seen.renewed = [renewed.status, renewed.latest_invoice.billing_reason, renewed.latest_invoice.amount_paid];
const preview = await stripe.invoices.createPreview({ subscription: waiting.id });
seen.preview = preview.total;

async function payWith(card) {
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  await stripe.subscriptions.update(waiting.id, { default_payment_method: method.id });
}

await payWith("pm_card_chargeCustomerFail");
await advance(START + 61 * DAY + 7200);
const failed = await stripe.subscriptions.retrieve(waiting.id, { expand: ["latest_invoice"] });
seen.failed = [failed.status, failed.latest_invoice.status, failed.latest_invoice.attempt_count];
await payWith("pm_card_visa");
for (let day = 65; day < 370; day += 58) await advance(START + day * DAY);
const invoices = [];
for await (const one of stripe.invoices.list({ subscription: waiting.id, limit: 5 })) invoices.push(one.status);
seen.year = [(await stripe.subscriptions.retrieve(waiting.id)).status, new Set(invoices).size, invoices.length];
const session = await stripe.checkout.sessions.create({
  mode: "payment", success_url: "https://shop.example/done?id={CHECKOUT_SESSION_ID}",
  line_items: [{ price_data: { currency: "usd", unit_amount: 1200, product_data: { name: "Mug" } }, quantity: 3 }],
});
const items = await stripe.checkout.sessions.listLineItems(session.id);
seen.session = [session.status, session.amount_total, items.data[0].description, session.success_url.includes("{")];
seen.expired = (await stripe.checkout.sessions.expire(session.id)).status;
console.log(JSON.stringify(seen));
