// A shop that uses npm's wechatpay-axios-plugin with its public option `baseURL`; prints what it saw as JSON.
// Argument: `certificate` or `public_key`, by which keys the shop checks signatures.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const require = createRequire(join(process.env.SDK_HOME, 'package.json'));
const { Wechatpay, Aes, Rsa, Formatter } = require('wechatpay-axios-plugin');

const PATIENCE_MS = 20_000;
const env = process.env;
const mode = process.argv[2];
const isPublicKey = mode === 'public_key';
const serial = isPublicKey ? env.WECHATPAY_PUBLIC_KEY_ID : env.WECHATPAY_PLATFORM_SERIAL_NO;
const certs = {
  [serial]: readFileSync(isPublicKey ? env.WECHATPAY_PUBLIC_KEY_PATH : env.WECHATPAY_PLATFORM_CERTIFICATE_PATH),
};
const wxpay = new Wechatpay({
  mchid: env.WECHATPAY_MCHID,
  serial: env.WECHATPAY_SERIAL_NO,
  privateKey: readFileSync(env.WECHATPAY_PRIVATE_KEY_PATH),
  certs,
  baseURL: env.PAYDOUBLE_URL,
  ...(isPublicKey ? { headers: { 'Wechatpay-Serial': serial } } : {}),
});

const arrived = [];
const waiting = [];
const callbacks = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.writeHead(204).end();
  const callback = { headers: request.headers, body: Buffer.concat(chunks).toString() };
  if (waiting.length) waiting.shift()(callback); else arrived.push(callback);
});
callbacks.listen(0, '127.0.0.1');
await once(callbacks, 'listening');
const hook = (path) => `http://127.0.0.1:${callbacks.address().port}${path}`;

const nextCallback = async () => {
  const { headers, body } = arrived.shift() ?? await new Promise((resolve, reject) => {
    waiting.push(resolve);
    setTimeout(() => reject(new Error('no callback came')), PATIENCE_MS).unref();
  });
  const { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-signature': signature } = headers;
  const key = certs[headers['wechatpay-serial']];
  if (!key || !Rsa.verify(Formatter.response(timestamp, nonce, body), signature, key)) {
    throw new Error(`the SDK refuses ${JSON.stringify(headers)}`);
  }
  const { event_type: event, resource } = JSON.parse(body);
  const plain = Aes.AesGcm.decrypt(
    resource.ciphertext, env.WECHATPAY_APIV3_KEY, resource.nonce, resource.associated_data,
  );
  return { event, signed_by: headers['wechatpay-serial'], resource: JSON.parse(plain) };
};

const answered = async (call) => {
  try {
    const { status, data } = await call;
    return { status, body: data || null };
  } catch (error) {
    if (!error.response) throw error;
    const { status, data } = error.response;
    return { status, body: data || null };
  }
};

const act = async (number, trigger) => {
  const url = `${env.PAYDOUBLE_URL}/_paydouble/sandboxes/${env.SANDBOX}/payments/ref:${number}/act`;
  const headers = { 'Content-Type': 'application/json' };
  const done = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ trigger }) });
  if (!done.ok) throw new Error(`${trigger}: ${done.status} ${await done.text()}`);
};

const { transactions } = wxpay.v3.pay;
const { refunds } = wxpay.v3.refund.domestic;
const params = { mchid: env.WECHATPAY_MCHID };
const number = `SDK|NODE*${mode}`;
const other = `SDK-CLOSED-${mode}`;
const order = {
  appid: env.WECHATPAY_APPID, mchid: env.WECHATPAY_MCHID, description: '三体', notify_url: hook('/notify'),
  amount: { total: 100, currency: 'CNY' },
};
const byNumber = (outTradeNo) => answered(
  transactions.outTradeNo.$out_trade_no$.get({ params, out_trade_no: outTradeNo }),
);

const saw = {};
saw.prepay = await answered(transactions.native.post({ ...order, out_trade_no: number, attach: 'till=7' }));
saw.unpaid = await byNumber(number);
await act(encodeURIComponent(number), 'pay');
saw.paid = await nextCallback();
saw.by_number = await byNumber(number);
const { transaction_id: transactionId } = saw.by_number.body;
saw.by_id = await answered(transactions.id.$transaction_id$.get({ params, transaction_id: transactionId }));
saw.refund = await answered(refunds.post({
  transaction_id: transactionId, out_refund_no: `R1-${mode}`, notify_url: hook('/refunded'),
  amount: { refund: 40, total: 100, currency: 'CNY' },
}));
saw.refunded = await nextCallback();
saw.refund_query = await answered(refunds.$out_refund_no$.get({ out_refund_no: `R1-${mode}` }));
saw.after = await byNumber(number);
saw.prepay_other = await answered(transactions.native.post({ ...order, out_trade_no: other }));
saw.close = await answered(transactions.outTradeNo.$out_trade_no$.close.post(params, { out_trade_no: other }));
saw.closed = await byNumber(other);
saw.close_paid = await answered(
  transactions.outTradeNo.$out_trade_no$.close.post(params, { out_trade_no: number }),
);
callbacks.close();
console.log(JSON.stringify(saw));
