// A shop that uses npm's wechatpay-node-v3 and knows no other host than WeChat Pay's own; prints what it saw as JSON.
// The SDK takes no proxy, so its requests go out by the HTTP client that `createHttp` is given, which does.

import { Buffer } from 'node:buffer';
import {
  act, control, env, file, openCallbacks, require, submitted,
} from './shop.mjs';

const WxPay = require('wechatpay-node-v3');
const axios = require('axios');

const STORE = '1900000109';
const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';
const BOUNDARY = 'boundary';

const pay = new WxPay({
  appid: env.WECHATPAY_APPID,
  mchid: env.WECHATPAY_MCHID,
  serial_no: env.WECHATPAY_SERIAL_NO,
  publicKey: file('CERTIFICATE'),
  privateKey: file('PRIVATE_KEY'),
  key: env.WECHATPAY_APIV3_KEY,
});

let verifies = true;
const verified = (headers, body) => pay.verifySign({
  timestamp: headers['wechatpay-timestamp'],
  nonce: headers['wechatpay-nonce'],
  serial: headers['wechatpay-serial'],
  signature: headers['wechatpay-signature'],
  body,
});

// The SDK never checks answers by itself: here each is handed to its verifier, as its manual says.
const sent = async (config) => {
  const { status, headers, data } = await axios.request({
    ...config, responseType: 'arraybuffer', validateStatus: () => true,
  });
  const text = Buffer.from(data).toString();
  const known = config.url.endsWith('/v3/certificates') || !headers['wechatpay-signature'];
  verifies = known || await verified(headers, text);
  const isJson = `${headers['content-type']}`.startsWith('application/json');
  return { status, data: isJson ? JSON.parse(text) : text || null };
};
const uploaded = ({ fileinfo, pic_buffer: picture }) => Buffer.concat([
  Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="meta"\r\n\r\n${JSON.stringify(fileinfo)}\r\n`),
  Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${fileinfo.filename}"\r\n\r\n`),
  picture, Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
]);
const host = 'https://api.mch.weixin.qq.com';
pay.createHttp({
  get: (url, headers) => sent({ method: 'GET', url, headers }),
  post: (url, params, headers) => (params.pic_buffer
    ? sent({ method: 'POST', url: host + url, headers, data: uploaded(params) })
    : sent({ method: 'POST', url, headers, data: JSON.stringify(params) })),
});

const callbacks = await openCallbacks();
const nextCallback = async () => {
  const { headers, body } = await callbacks.next();
  if (!await verified(headers, body)) throw new Error(`the SDK refuses ${JSON.stringify(headers)}`);
  const { event_type: event, resource } = JSON.parse(body);
  const plain = pay.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce);
  return { event, signed_by: headers['wechatpay-serial'], resource: plain };
};

const saw = { products: {}, unverified: [] };
const checked = async (name, call) => {
  const { status, data } = await call;
  if (!verifies) saw.unverified.push(name);
  saw[name] = { status, body: data };
  return data;
};

// Every product is ordered and paid, where there is a page with what the SDK hands to it, and told of.
const priced = (number, more = {}) => ({
  description: '三体', out_trade_no: number, notify_url: callbacks.url('/notify'),
  amount: { total: 1_000, currency: 'CNY' }, ...more,
});
const scene = { payer_client_ip: '127.0.0.1', h5_info: { type: 'Wap' } };
const approve = { step: 'pay', password: '123456' };
const { mchid } = pay;
const products = {
  native: {
    order: (number) => pay.transactions_native(priced(number)),
    pay: ({ code_url: codeUrl }) => submitted('/paydouble/wechatpay/scan', { mchid, code_url: codeUrl }, approve),
  },
  jsapi: {
    order: (number) => pay.transactions_jsapi(priced(number, { payer: { openid: OPENID } })),
    pay: (invocation) => submitted('/paydouble/wechatpay/pay', { mchid, ...invocation }, approve),
  },
  app: {
    order: (number) => pay.transactions_app(priced(number, { settle_info: { profit_sharing: true } })),
    pay: (invocation) => submitted('/paydouble/wechatpay/pay', invocation, approve),
  },
  h5: {
    order: (number) => pay.transactions_h5(priced(number, { scene_info: scene })),
    pay: ({ h5_url: h5Url }) => {
      const { pathname, searchParams } = new URL(h5Url);
      return submitted(pathname, searchParams, approve);
    },
  },
};
for (const [name, product] of Object.entries(products)) {
  const number = `NODE-${name}`;
  const ordered = await checked(`order_${name}`, product.order(number));
  await product.pay(ordered);
  const { event, signed_by: signedBy, resource } = await nextCallback();
  const shown = await checked(`query_${name}`, pay.query({ out_trade_no: number }));
  saw.products[name] = {
    event, signed_by: signedBy, trade_type: resource.trade_type, paid: shown.trade_state, id: resource.transaction_id,
  };
}
const paid = saw.products.app.id;
await checked('by_id', pay.query({ transaction_id: paid }));

const part = (number) => ({
  mchid, attach: 'x', out_trade_no: number, description: 'x', amount: { total_amount: 50, currency: 'CNY' },
});
const combination = (number, parts, more = {}) => ({
  combine_out_trade_no: number, sub_orders: parts.map(part), notify_url: callbacks.url('/combined'), ...more,
});
await checked('combine_native', pay.combine_transactions_native(combination('COMBINED-N', ['PART-N1', 'PART-N2'])));
await act('PART-N1');
saw.combined = await nextCallback();
await checked('combine_query', pay.combine_query('COMBINED-N'));
const inApp = combination('COMBINED-A', ['PART-A1', 'PART-A2']);
await checked('combine_app', pay.combine_transactions_app(inApp));
const onPage = combination('COMBINED-J', ['PART-J1', 'PART-J2'], { combine_payer_info: { openid: OPENID } });
await checked('combine_jsapi', pay.combine_transactions_jsapi(onPage));
await checked('combine_h5', pay.combine_transactions_h5(combination('COMBINED-H', ['PART-H1', 'PART-H2'], {
  scene_info: scene,
})));
await checked('combine_close', pay.combine_close('COMBINED-A', ['PART-A1', 'PART-A2'].map((each) => ({
  mchid, out_trade_no: each,
}))));

await pay.transactions_native(priced('NODE-CLOSED'));
await checked('close', pay.close('NODE-CLOSED'));

await checked('refund', pay.refunds({
  out_trade_no: 'NODE-native', out_refund_no: 'R1', notify_url: callbacks.url('/refunded'),
  amount: { refund: 300, total: 1_000, currency: 'CNY' },
}));
saw.refunded = await nextCallback();
await checked('refund_query', pay.find_refunds('R1'));

const [{ serial_no: platform, publicKey }] = await pay.get_certificates(env.WECHATPAY_APIV3_KEY);
const secret = (text) => pay.publicEncrypt(text, publicKey);
await checked('receiver', pay.profitsharing_receivers_add({
  type: 'MERCHANT_ID', account: STORE, name: secret('示例商户全称'), relation_type: 'STORE', wx_serial_no: platform,
}));
await pay.profitsharing_receivers_add({
  type: 'PERSONAL_OPENID', account: OPENID, relation_type: 'STAFF', wx_serial_no: platform,
});
await checked('shared', pay.create_profitsharing_orders({
  transaction_id: paid, out_order_no: 'P1', unfreeze_unsplit: false, wx_serial_no: platform,
  receivers: [['MERCHANT_ID', STORE], ['PERSONAL_OPENID', OPENID]].map(([type, account]) => ({
    type, account, amount: 100, description: '分账',
  })),
}));
await checked('share_query', pay.query_profitsharing_orders(paid, 'P1'));
await checked('returned', pay.profitsharing_return_orders({
  out_order_no: 'P1', out_return_no: 'B1', return_mchid: STORE, amount: 60, description: '回退',
}));
await checked('return_query', pay.query_profitsharing_return_orders('B1', 'P1'));
await checked('amounts', pay.query_profitsharing_amounts(paid));
await checked('unfrozen', pay.profitsharing_orders_unfreeze({
  transaction_id: paid, out_order_no: 'U1', description: '解冻',
}));
await checked('receiver_gone', pay.profitsharing_receivers_delete({ type: 'MERCHANT_ID', account: STORE }));

const transfers = [['D1', '张三'], ['D2', '李四']].map(([number, name]) => ({
  out_detail_no: number, transfer_amount: 100, transfer_remark: 'x', openid: OPENID, user_name: secret(name),
}));
const batch = await checked('batch', pay.batches_transfer({
  out_batch_no: 'BATCH1', batch_name: 'x', batch_remark: 'x', total_amount: 200, total_num: 2,
  transfer_detail_list: transfers, notify_url: callbacks.url('/batch'), wx_serial_no: platform,
}));
saw.batch_told = await nextCallback();
const asked = { need_query_detail: true, offset: 0, limit: 20, detail_status: 'ALL' };
const listed = await checked('batch_query', pay.query_batches_transfer_list({ out_batch_no: 'BATCH1', ...asked }));
await checked('batch_by_id', pay.query_batches_transfer_list_wx({ batch_id: batch.batch_id, ...asked }));
const detail = await checked('detail', pay.query_batches_transfer_detail({
  out_batch_no: 'BATCH1', out_detail_no: 'D1',
}));
saw.name = pay.privateDecrypt(detail.user_name);
await checked('detail_by_id', pay.query_batches_transfer_detail_wx({
  batch_id: batch.batch_id, detail_id: listed.transfer_detail_list[1].detail_id,
}));
await checked('picture', pay.upload_images(Buffer.from('89504e470d0a1a0a', 'hex'), 'a.png'));

const before = verifies;
await control('scenarios', {
  rules: [
    { when: { operation: 'payment.query', nth: [1, 2] }, then: { respond: { signature: 'probe' } } },
    { when: { operation: 'payment.query', nth: 3 }, then: { respond: { signature: 'rotated_key' } } },
  ],
});
saw.probes = [before];
for (let index = 0; index < 4; index += 1) {
  await pay.query({ out_trade_no: 'NODE-native' });
  saw.probes.push(verifies);
}

await control('clock/advance', { by: '24h' });
for (const name of ['tradebill', 'fundflowbill']) {
  const bill = await checked(name, pay[name]({ bill_date: '2026-03-01' }));
  const { data } = await pay.downloadBill(bill.download_url);
  saw[`${name}_file`] = data;
}
await checked('share_bill', pay.profitsharing_bills('2026-03-01'));
callbacks.close();
console.log(JSON.stringify(saw));
