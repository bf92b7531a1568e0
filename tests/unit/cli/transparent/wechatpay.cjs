'use strict';
// Two of npm's clients of WeChat Pay order once. The second verifies nothing by itself: it is given a callback to verify,
// and fetches the platform's certificates for that.

const { readFileSync } = require('fs');
const { createServer } = require('http');
const { once } = require('events');
const { Wechatpay } = require('wechatpay-axios-plugin');
const WxPay = require('wechatpay-node-v3');

const env = process.env;
const order = (number) => ({
  out_trade_no: number, description: 'tea', notify_url: 'https://shop.example/callbacks', amount: { total: 1 },
});
const privateKey = readFileSync(env.WECHATPAY_PRIVATE_KEY_PATH);

const byAxiosPlugin = async () => {
  const id = env.WECHATPAY_PUBLIC_KEY_ID;
  const wxpay = new Wechatpay({
    mchid: env.WECHATPAY_MCHID, serial: env.WECHATPAY_SERIAL_NO, privateKey,
    certs: { [id]: readFileSync(env.WECHATPAY_PUBLIC_KEY_PATH) }, headers: { 'Wechatpay-Serial': id },
  });
  const whose = { mchid: env.WECHATPAY_MCHID, appid: env.WECHATPAY_APPID };
  return (await wxpay.v3.pay.transactions.native.post({ ...whose, ...order('axios-1') })).status;
};

const byNodeV3 = async () => {
  const wxpay = new WxPay({
    appid: env.WECHATPAY_APPID, mchid: env.WECHATPAY_MCHID, serial_no: env.WECHATPAY_SERIAL_NO, privateKey,
    publicKey: readFileSync(env.WECHATPAY_PLATFORM_CERTIFICATE_PATH), key: env.WECHATPAY_APIV3_KEY,
  });
  const shop = createServer().listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const notify_url = `http://127.0.0.1:${shop.address().port}/`;
  const { status } = await wxpay.transactions_native({ ...order('node-1'), notify_url });
  const called = once(shop, 'request');
  await fetch(`${env.PAYDOUBLE_URL}/_paydouble/sandboxes/default/payments/ref:node-1/act`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"trigger": "pay"}',
  });
  const [request, response] = await called;
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.writeHead(204).end();
  shop.close();
  const header = (name) => request.headers[`wechatpay-${name}`];
  const verified = await wxpay.verifySign({
    timestamp: header('timestamp'), nonce: header('nonce'), serial: header('serial'), signature: header('signature'),
    body: Buffer.concat(chunks).toString(), apiSecret: env.WECHATPAY_APIV3_KEY,
  });
  return { status, verified };
};

(async () => console.log(JSON.stringify({ axios: await byAxiosPlugin(), node_v3: await byNodeV3() })))();
