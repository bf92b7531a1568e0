// The retired Node checkout SDK with a base URL.
import sdk from "@paypal/checkout-server-sdk";

async function visit(order, step) {
  const answer = await fetch(`${process.env.PAYDOUBLE_URL}/checkoutnow?token=${order}`, {
    method: "POST", body: new URLSearchParams({ step }), redirect: "manual",
  });
  return answer.headers.get("location") ?? (await answer.text());
}

const base = process.env.PAYDOUBLE_URL;
const environment = new sdk.core.PayPalEnvironment(
  process.env.PAYPAL_CLIENT_ID, process.env.PAYPAL_CLIENT_SECRET, base, base,
);
const client = new sdk.core.PayPalHttpClient(environment);
const saw = {};
const create = new sdk.orders.OrdersCreateRequest();
create.requestBody({
  intent: "CAPTURE", purchase_units: [{ amount: { currency_code: "USD", value: "100.00" } }],
  application_context: { return_url: "https://shop.example/back?cart=7", cancel_url: "https://shop.example/no" },
});
const made = await client.execute(create);
saw.created = [made.statusCode, made.result.status];
try {
  await client.execute(new sdk.orders.OrdersCaptureRequest(made.result.id));
} catch (error) {
  saw.early = [error.statusCode, JSON.parse(error.message).details[0].issue];
}
saw.cancelled = (await visit(made.result.id, "cancel")).startsWith("https://shop.example/no?token=");
saw.approved = (await visit(made.result.id, "approve")).startsWith("https://shop.example/back?cart=7&token=");
const capture = new sdk.orders.OrdersCaptureRequest(made.result.id);
capture.requestBody({});
const done = await client.execute(capture);
const taken = done.result.purchase_units[0].payments.captures[0];
saw.captured = [done.statusCode, done.result.status];
const refund = new sdk.payments.CapturesRefundRequest(taken.id);
refund.requestBody({});
saw.refunded = (await client.execute(refund)).result.status;
console.log(JSON.stringify(saw));
