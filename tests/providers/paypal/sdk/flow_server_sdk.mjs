// The newest Node SDK, unchanged, through the proxy.
import { CheckoutPaymentIntent, Client, Environment, OrdersController, PaymentsController } from "@paypal/paypal-server-sdk";

async function visit(order, step) {
  const answer = await fetch(`${process.env.PAYDOUBLE_URL}/checkoutnow?token=${order}`, {
    method: "POST", body: new URLSearchParams({ step }), redirect: "manual",
  });
  return answer.headers.get("location") ?? (await answer.text());
}

const client = new Client({
  clientCredentialsAuthCredentials: {
    oAuthClientId: process.env.PAYPAL_CLIENT_ID, oAuthClientSecret: process.env.PAYPAL_CLIENT_SECRET,
  },
  environment: Environment.Sandbox,
});
const orders = new OrdersController(client), payments = new PaymentsController(client);
const body = { intent: CheckoutPaymentIntent.Capture, purchaseUnits: [{ amount: { currencyCode: "USD", value: "100.00" } }] };
const saw = {};
const made = await orders.createOrder({ body, paypalRequestId: "order" });
saw.created = [made.statusCode, made.result.status, made.result.links.map((link) => link.rel)];
const again = await orders.createOrder({ body, paypalRequestId: "order" });
saw.replayed = [again.statusCode, again.result.id === made.result.id];
try {
  await orders.captureOrder({ id: made.result.id });
} catch (error) {
  saw.early = [error.statusCode, error.result.details[0].issue];
}
saw.page = (await visit(made.result.id, "approve")).includes("Approved");
const done = await orders.captureOrder({ id: made.result.id, prefer: "return=representation" });
const taken = done.result.purchaseUnits[0].payments.captures[0];
saw.captured = [done.statusCode, done.result.status, taken.status, taken.sellerReceivableBreakdown.netAmount.value];
const refunded = await payments.refundCapturedPayment({
  captureId: taken.id, prefer: "return=representation", body: { amount: { currencyCode: "USD", value: "30.00" } },
});
saw.refunded = [refunded.statusCode, refunded.result.status, refunded.result.sellerPayableBreakdown.totalRefundedAmount.value];
saw.shown = (await payments.getCapturedPayment({ captureId: taken.id })).result.status;
const held = await orders.createOrder({ body: { ...body, intent: CheckoutPaymentIntent.Authorize } });
await visit(held.result.id, "approve");
const authorized = (await orders.authorizeOrder({ id: held.result.id })).result.purchaseUnits[0].payments.authorizations[0];
saw.voided = (await payments.voidPayment({ authorizationId: authorized.id })).statusCode;
console.log(JSON.stringify(saw));
