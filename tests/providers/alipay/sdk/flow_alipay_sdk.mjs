// A shop that uses npm's alipay-sdk by both protocols; prints what it saw as JSON. Argument: `keys` or `certificates`.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { AlipaySdk } from 'alipay-sdk';

const env = process.env;
const mode = process.argv[2];

function shop() {
  const shared = {
    appId: env.ALIPAY_APP_ID, privateKey: readFileSync(env.ALIPAY_APP_PRIVATE_KEY_PATH, 'ascii'), keyType: 'PKCS8',
    gateway: env.ALIPAY_GATEWAY, endpoint: env.ALIPAY_API_BASE, encryptKey: env.ALIPAY_ENCRYPT_KEY,
  };
  if (mode === 'keys') {
    return new AlipaySdk({ ...shared, alipayPublicKey: readFileSync(env.ALIPAY_PUBLIC_KEY_PATH, 'ascii') });
  }
  return new AlipaySdk({
    ...shared, appCertPath: env.ALIPAY_APP_CERTIFICATE_PATH, alipayPublicCertPath: env.ALIPAY_CERTIFICATE_PATH,
    alipayRootCertPath: env.ALIPAY_ROOT_CERTIFICATE_PATH,
  });
}

async function act(ref, trigger) {
  const url = `${env.PAYDOUBLE_URL}/_paydouble/sandboxes/${env.SANDBOX}/payments/ref:${ref}/act`;
  const answer = await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ trigger }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

function callbacks() {
  const arrived = [];
  const waiting = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      const told = Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()));
      response.end('success');
      const next = waiting.shift();
      if (next) next(told); else arrived.push(told);
    });
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve({
    url: `http://127.0.0.1:${server.address().port}/alipay`,
    next: () => arrived.length ? Promise.resolve(arrived.shift()) : new Promise(done => waiting.push(done)),
    close: () => server.close(),
  })));
}

async function failed(call) {
  try {
    await call();
    return 'nothing';
  } catch (error) {
    return { code: error.code, status: error.responseHttpStatus, message: error.message };
  }
}

const alipay = shop();
const inbox = await callbacks();
const signed = { validateSign: true };
const exec = (method, bizContent, more = {}) => alipay.exec(method, { bizContent, ...more }, signed);
const saw = {};

saw.waiting = await exec('alipay.trade.pay', {
  out_trade_no: 'NW1', total_amount: '44.10', subject: '等待', scene: 'bar_code', auth_code: '282222222222222201',
});
saw.cancelled = await exec('alipay.trade.cancel', { out_trade_no: 'NW1' });
saw.precreated = await exec('alipay.trade.precreate', {
  out_trade_no: 'NQ1', total_amount: '10.00', subject: '测试 a}b{',
}, { notifyUrl: inbox.url });
await act('NQ1', 'pay');
const told = await inbox.next();
saw.told = { status: told.trade_status, verified: alipay.checkNotifySignV2(told) };
saw.query = await exec('alipay.trade.query', { out_trade_no: 'NQ1' });
saw.refunds = [];
for (const amount of ['3.00', '3.01', '3.02', '0.98']) {
  saw.refunds.push(await exec('alipay.trade.refund', { out_trade_no: 'NQ1', refund_amount: amount, out_request_no: amount }));
}
// Encrypted answers and validateSign do not go together in this SDK.
saw.encrypted = await alipay.exec('alipay.trade.query', { bizContent: { out_trade_no: 'NQ1' }, needEncrypt: true });
saw.v3 = (await alipay.curl('POST', '/v3/alipay/trade/precreate', {
  body: { out_trade_no: 'NV1', total_amount: '1.00', subject: '中文' },
})).data;
saw.v3encrypted = (await alipay.curl('POST', '/v3/alipay/trade/query', {
  body: { out_trade_no: 'NQ1' }, needEncrypt: true,
})).data;
saw.v3refused = await failed(() => alipay.curl('POST', '/v3/alipay/trade/query', { body: { out_trade_no: 'none' } }));
saw.v3get = (await alipay.curl('GET', '/v3/alipay/fund/account/query', {
  query: { alipay_user_id: env.ALIPAY_SELLER_ID, account_type: 'ACCTRANS_ACCOUNT' },
})).data;
saw.page = alipay.pageExec('alipay.trade.page.pay', {
  method: 'GET', returnUrl: 'http://127.0.0.1:9/return?shop=1',
  bizContent: { out_trade_no: 'NP1', total_amount: '88.88', subject: '网页', product_code: 'FAST_INSTANT_TRADE_PAY' },
});
const order = alipay.sdkExec('alipay.trade.app.pay', {
  bizContent: { out_trade_no: 'NA1', total_amount: '5.00', subject: 'App', product_code: 'QUICK_MSECURITY_PAY' },
});
saw.app = await (await fetch(env.ALIPAY_GATEWAY, {
  method: 'POST', body: order, headers: { 'content-type': 'application/x-www-form-urlencoded' },
})).json();
inbox.close();
console.log(JSON.stringify(saw));
