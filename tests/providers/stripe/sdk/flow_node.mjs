// The flow of a shop on stripe-node 17 or 23; prints what it saw as one line of JSON.

import http from "node:http";
import Stripe from "stripe";

const DEADLINE_MS = 10_000;
const AGAIN_MS = 200;
const base = new URL(process.env.PAYDOUBLE_URL);
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, {
  host: base.hostname, port: base.port, protocol: "http", maxNetworkRetries: 0, telemetry: false,
});

const arrived = [];
let woken = () => {};
const listener = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    arrived.push([Buffer.concat(chunks), request.headers["stripe-signature"]]);
    response.end();
    woken();
  });
});
await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));
const url = `http://127.0.0.1:${listener.address().port}/webhooks`;

function waitFor(count) {
  return new Promise((done) => {
    const timer = setTimeout(done, DEADLINE_MS);
    woken = () => {
      if (arrived.length >= count) { clearTimeout(timer); done(); }
    };
    woken();
  });
}

async function until(look, good) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (good(found) || Date.now() > deadline) return found;
    await new Promise((again) => setTimeout(again, AGAIN_MS));
  }
}

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

const seen = { sdk: Stripe.PACKAGE_VERSION };
const shared = { currency: "usd", automatic_payment_methods: { enabled: true, allow_redirects: "never" } };

const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
const customer = await stripe.customers.create({ email: "jenny@example.com", name: "Jenny Rosén 🦊" });
seen.name = (await stripe.customers.retrieve(customer.id)).name;
const order = {
  ...shared, amount: 1099, customer: customer.id, payment_method: "pm_card_visa", confirm: true,
  metadata: { order_id: "order-1" },
};
const paid = await stripe.paymentIntents.create(order, { idempotencyKey: "first" });
const replayed = await stripe.paymentIntents.create(order, { idempotencyKey: "first" });
seen.paid = [paid.status, paid.amount_received];
seen.replayed = [replayed.id === paid.id, replayed.lastResponse.headers["idempotent-replayed"]];
const other = await refused(stripe.paymentIntents.create({ ...shared, amount: 5000 }, { idempotencyKey: "first" }));
seen.mismatch = [other.type, other.statusCode];

const declined = await refused(stripe.paymentIntents.create({
  ...shared, amount: 2000, payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds", confirm: true,
}));
seen.declined = [declined.type, declined.statusCode, declined.code, declined.decline_code, declined.payment_intent.status];

const action = await stripe.paymentIntents.create({
  ...shared, amount: 2000, payment_method: "pm_card_authenticationRequired", confirm: true,
  return_url: "https://shop.example/back",
});
seen.action = [action.status, action.next_action.type];

const held = await stripe.paymentIntents.create({
  ...shared, amount: 5000, payment_method: "pm_card_visa", confirm: true, capture_method: "manual",
});
const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 3000 });
seen.captured = [held.status, captured.status, captured.amount_received];
const refund = await stripe.refunds.create({ payment_intent: captured.id, amount: 1000 });
const tooMuch = await refused(stripe.refunds.create({ payment_intent: captured.id, amount: 2001 }));
seen.refunded = [refund.status, tooMuch.type, tooMuch.param];

const expanded = await stripe.paymentIntents.retrieve(captured.id, { expand: ["latest_charge.balance_transaction"] });
seen.expanded = [expanded.latest_charge.amount_refunded, expanded.latest_charge.balance_transaction.fee];

for (let number = 0; number < 24; number += 1) await stripe.customers.create({ email: `c${number}@example.com` });
const listed = [];
for await (const each of stripe.customers.list({ limit: 10 })) listed.push(each.id);
seen.listed = [listed.length, new Set(listed).size];

await waitFor(41);
const events = arrived.map(([body, signature]) => stripe.webhooks.constructEvent(body, signature, endpoint.secret));
const announced = (await stripe.events.list({ limit: 100 })).data.map((event) => event.id).reverse();
events.sort((one, other) => announced.indexOf(one.id) - announced.indexOf(other.id));
seen.events = events
  .filter((event) => [event.data.object.id, event.data.object.payment_intent].includes(paid.id))
  .map((event) => event.type);
const wrong = await refused((async () => stripe.webhooks.constructEvent(arrived[0][0], arrived[0][1], "whsec_other"))());
seen["wrong secret"] = wrong.type;

const disputes = [];
for (let number = 0; number < 2; number += 1) {
  disputes.push(await stripe.paymentIntents.create({
    ...shared, amount: 4200, payment_method: "pm_card_createDispute", confirm: true,
  }));
}
const evidence = ["winning_evidence", "losing_evidence"];
const answered = await Promise.all(disputes.map(async (intent, number) => {
  const [dispute] = await until(
    async () => (await stripe.disputes.list({ payment_intent: intent.id })).data, (found) => found.length === 1,
  );
  const given = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: evidence[number] } });
  const after = await until(() => stripe.disputes.retrieve(dispute.id), (one) => one.status !== "under_review");
  return [dispute.status, given.status, after.status, after.balance_transactions.map((one) => one.net)];
}));
seen.disputes = answered;
listener.close();
listener.closeAllConnections();
console.log(JSON.stringify(seen));
