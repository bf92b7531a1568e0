// What follows a payment, through npm's alipay-sdk; prints what it saw as JSON. Argument: `v2` or `v3`.
import { readFileSync } from 'node:fs';
import { AlipaySdk } from 'alipay-sdk';

const env = process.env;
const protocol = process.argv[2];
const GETS = ['alipay.trade.order.settle.query', 'alipay.data.dataservice.bill.downloadurl.query'];

// Money leaves in certificate mode only, as in production.
const alipay = new AlipaySdk({
  appId: env.ALIPAY_APP_ID, privateKey: readFileSync(env.ALIPAY_APP_PRIVATE_KEY_PATH, 'ascii'), keyType: 'PKCS8',
  gateway: env.ALIPAY_GATEWAY, endpoint: env.ALIPAY_API_BASE, appCertPath: env.ALIPAY_APP_CERTIFICATE_PATH,
  alipayPublicCertPath: env.ALIPAY_CERTIFICATE_PATH, alipayRootCertPath: env.ALIPAY_ROOT_CERTIFICATE_PATH,
});

// The SDK turns the names of v2 answers into camelCase; here they have their own again.
function snaked(value) {
  if (Array.isArray(value)) return value.map(snaked);
  if (value === null || typeof value !== 'object') return value;
  const named = ([name, inner]) => [name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`), snaked(inner)];
  return Object.fromEntries(Object.entries(value).map(named));
}

async function call(method, biz) {
  if (protocol === 'v2') return snaked(await alipay.exec(method, { bizContent: biz }, { validateSign: true }));
  const path = `/v3/${method.replaceAll('.', '/')}`;
  if (GETS.includes(method)) return (await alipay.curl('GET', path, { query: biz })).data;
  return (await alipay.curl('POST', path, { body: biz })).data;
}

const saw = {};
const code = '28111111111111110';
const order = { subject: '分账 a}b', scene: 'bar_code' };
saw.paid = await call('alipay.trade.pay', { ...order, out_trade_no: 'S1', total_amount: '100.00', auth_code: `${code}1` });
const receivers = ['2088102100004811', '2088102100004812'].map(account => ({ type: 'userId', account }));
saw.bound = await call('alipay.trade.royalty.relation.bind', { out_request_no: 'B1', receiver_list: receivers });
saw.settled = await call('alipay.trade.order.settle', {
  out_request_no: 'X1', trade_no: saw.paid.trade_no,
  royalty_parameters: [
    { trans_in: '2088102100004811', trans_in_type: 'userId', amount: '30.00', desc: '平台服务费' },
    { trans_in: '2088102100004812', trans_in_type: 'userId', amount: '20.00' },
  ],
});
saw.split = await call('alipay.trade.order.settle.query', { settle_no: saw.settled.settle_no });
saw.refunded = await call('alipay.trade.refund', {
  out_trade_no: 'S1', refund_amount: '12.34', out_request_no: 'R1',
});

saw.frozen = await call('alipay.fund.auth.order.freeze', {
  out_order_no: 'A1', out_request_no: 'F1', order_title: '押金', amount: '100.00', auth_code: `${code}2`,
  auth_code_type: 'bar_code', product_code: 'PRE_AUTH',
});
saw.taken = await call('alipay.trade.pay', {
  out_trade_no: 'A1P', total_amount: '60.00', subject: '租金', auth_no: saw.frozen.auth_no, product_code: 'PRE_AUTH',
  auth_confirm_mode: 'NOT_COMPLETE',
});
saw.freed = await call('alipay.fund.auth.order.unfreeze', {
  auth_no: saw.frozen.auth_no, out_request_no: 'U1', amount: '40.00', remark: '归还',
});
saw.after = await call('alipay.fund.auth.operation.detail.query', { auth_no: saw.frozen.auth_no, out_request_no: 'U1' });

saw.sent = await call('alipay.fund.trans.uni.transfer', {
  out_biz_no: 'T1', trans_amount: '7.00', product_code: 'TRANS_ACCOUNT_NO_PWD', biz_scene: 'DIRECT_TRANSFER',
  payee_info: { identity: '2088102100004813', identity_type: 'ALIPAY_USER_ID' },
});

const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
saw.bills = {};
for (const kind of ['trade', 'signcustomer']) {
  const made = await call('alipay.data.dataservice.bill.downloadurl.query', { bill_type: kind, bill_date: day });
  const file = await fetch(made.bill_download_url);
  saw.bills[kind] = Buffer.from(await file.arrayBuffer()).toString('base64');
}
console.log(JSON.stringify(saw));
