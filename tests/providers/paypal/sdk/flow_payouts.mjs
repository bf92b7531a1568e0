// The retired Node payouts SDK with a base URL: a batch is accepted, shown, and too young to be cancelled.
import sdk from "@paypal/payouts-sdk";

const base = process.env.PAYDOUBLE_URL;
const client = new sdk.core.PayPalHttpClient(new sdk.core.PayPalEnvironment(
  process.env.PAYPAL_CLIENT_ID, process.env.PAYPAL_CLIENT_SECRET, base, base,
));
const saw = {};
const create = new sdk.payouts.PayoutsPostRequest();
create.requestBody({
  sender_batch_header: { sender_batch_id: "batch-1", email_subject: "Money" },
  items: [{ recipient_type: "EMAIL", receiver: "ann@example.com", amount: { currency: "USD", value: "1.00" } }],
});
const made = await client.execute(create);
saw.created = [made.statusCode, made.result.batch_header.batch_status];
const id = made.result.batch_header.payout_batch_id;
const shown = (await client.execute(new sdk.payouts.PayoutsGetRequest(id))).result;
saw.shown = [shown.batch_header.batch_status, shown.items[0].transaction_status];
try {
  await client.execute(new sdk.payouts.PayoutsItemCancelRequest(shown.items[0].payout_item_id));
} catch (error) {
  saw.cancelled = [error.statusCode, JSON.parse(error.message).name];
}
try {
  await client.execute(create);
} catch (error) {
  saw.again = [error.statusCode, JSON.parse(error.message).name];
}
console.log(JSON.stringify(saw));
