// A shop that uses npm's wechatpay-axios-plugin for API v2; prints what it saw as JSON.
// The SDK itself verifies the `sign` of every answer; this program verifies and opens the notifications.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const require = createRequire(join(process.env.SDK_HOME, 'package.json'));
const { Wechatpay, Aes, Hash, Transformer } = require('wechatpay-axios-plugin');

const PATIENCE_MS = 20_000;
const env = process.env;
const secret = env.WECHATPAY_APIV2_KEY;
const wxpay = new Wechatpay({
  mchid: env.WECHATPAY_MCHID,
  serial: env.WECHATPAY_SERIAL_NO,
  privateKey: readFileSync(env.WECHATPAY_PRIVATE_KEY_PATH),
  certs: { [env.WECHATPAY_PLATFORM_SERIAL_NO]: readFileSync(env.WECHATPAY_PLATFORM_CERTIFICATE_PATH) },
  secret,
  baseURL: env.PAYDOUBLE_URL,
});

const arrived = [];
const waiting = [];
const callbacks = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.end('<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>');
  const body = Buffer.concat(chunks).toString();
  if (waiting.length) waiting.shift()(body); else arrived.push(body);
});
callbacks.listen(0, '127.0.0.1');
await once(callbacks, 'listening');
const hook = (path) => `http://127.0.0.1:${callbacks.address().port}${path}`;

const nextCallback = async () => Transformer.toObject(arrived.shift() ?? await new Promise((resolve, reject) => {
  waiting.push(resolve);
  setTimeout(() => reject(new Error('no callback came')), PATIENCE_MS).unref();
}));

const act = async (number, trigger) => {
  const url = `${env.PAYDOUBLE_URL}/_paydouble/sandboxes/${env.SANDBOX}/payments/ref:${number}/act`;
  const headers = { 'Content-Type': 'application/json' };
  const done = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ trigger }) });
  if (!done.ok) throw new Error(`${trigger}: ${done.status} ${await done.text()}`);
};

const common = { appid: env.WECHATPAY_APPID, mch_id: env.WECHATPAY_MCHID };
const call = async (client, params, options) => (await client.post({ ...common, ...params }, options)).data;
const saw = {};
saw.prepay = await call(wxpay.v2.pay.unifiedorder, {
  body: '三体', out_trade_no: 'SDK-V2-1', total_fee: 100, spbill_create_ip: '127.0.0.1', trade_type: 'NATIVE',
  notify_url: hook('/notify'),
});
await act('SDK-V2-1', 'pay');
saw.paid = await nextCallback();
saw.verified = Hash.sign('MD5', saw.paid, secret) === saw.paid.sign;
saw.query = await call(wxpay.v2.pay.orderquery, { out_trade_no: 'SDK-V2-1' });
saw.refund = await call(wxpay.v2.secapi.pay.refund, {
  out_trade_no: 'SDK-V2-1', out_refund_no: 'R1', total_fee: 100, refund_fee: 40, notify_url: hook('/refunded'),
});
const hidden = (await nextCallback()).req_info;
saw.refunded = Transformer.toObject(Aes.AesEcb.decrypt(hidden, Hash.md5(secret)));
saw.refund_query = await call(wxpay.v2.pay.refundquery, { out_refund_no: 'R1' });
callbacks.close();
console.log(JSON.stringify(saw));
