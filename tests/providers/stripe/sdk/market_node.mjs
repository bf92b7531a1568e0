// The flow of a marketplace on stripe-node 17 or 23; prints what it saw as one line of JSON.

import Stripe from "stripe";

const base = new URL(process.env.PAYDOUBLE_URL);
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, {
  host: base.hostname, port: base.port, protocol: "http", maxNetworkRetries: 0, telemetry: false,
});
const seen = { sdk: Stripe.PACKAGE_VERSION };
const shared = {
  currency: "usd", confirm: true, payment_method: "pm_card_visa", capture_method: "automatic",
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
};

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

const account = await stripe.accounts.create({
  type: "custom", country: "US", business_type: "individual",
  business_profile: { mcc: "5734", url: "https://shop.example" },
  capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
  individual: { first_name: "Jenny", last_name: "Rosen", dob: { day: 1, month: 1, year: 1901 } },
  tos_acceptance: { date: 1700000000, ip: "127.0.0.1" },
  external_account: {
    object: "bank_account", country: "US", currency: "usd", account_number: "000123456789", routing_number: "110000000",
  },
});
seen.account = [account.charges_enabled, account.payouts_enabled];
const paid = await stripe.paymentIntents.create({
  ...shared, amount: 10000, application_fee_amount: 1230, transfer_data: { destination: account.id },
  expand: ["latest_charge.transfer"],
});
seen.destination = [paid.status, paid.latest_charge.transfer.amount];
const direct = await stripe.paymentIntents.create(
  { ...shared, amount: 5000, application_fee_amount: 500 }, { stripeAccount: account.id },
);
seen.direct = direct.status;
const stranger = await refused(stripe.customers.list({}, { stripeAccount: "acct_1nobody" }));
seen.stranger = [stranger.type, stranger.statusCode, stranger.code];
const reversal = await stripe.transfers.createReversal(paid.latest_charge.transfer.id, { amount: 4000 });
seen.reversal = [reversal.amount, (await stripe.transfers.retrieve(reversal.transfer)).amount_reversed];
const fees = await stripe.applicationFees.list({ limit: 10 });
seen.fees = fees.data.map((fee) => fee.amount);
for (let number = 0; number < 12; number += 1) {
  await stripe.customers.create({ name: `c${number}`, metadata: { odd: String(number % 2) } });
}
const found = [];
for await (const each of stripe.customers.search({ query: "metadata['odd']:'1'", limit: 2 })) found.push(each.id);
seen.searched = [found.length, new Set(found).size];
const charge = await stripe.charges.create({ amount: 2000, currency: "usd", source: "tok_visa" });
seen.legacy = [charge.status, charge.source.brand];
if (Stripe.PACKAGE_VERSION >= "18") {
  const file = await stripe.files.create({
    purpose: "dispute_evidence", file: { data: Buffer.from("%PDF-1.4 receipt"), name: "receipt.pdf", type: "application/pdf" },
  });
  seen.file = [file.size, file.type, file.filename];
}
console.log(JSON.stringify(seen));
