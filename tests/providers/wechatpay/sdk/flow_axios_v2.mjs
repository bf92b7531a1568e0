// A shop that uses npm's wechatpay-axios-plugin for API v2; prints what it saw as JSON.
// The SDK itself verifies the `sign` of every answer; this program verifies and opens the notifications.

import {
  act, control, env, file, openCallbacks, require,
} from './shop.mjs';

const { Wechatpay, Aes, Hash, Transformer } = require('wechatpay-axios-plugin');

const secret = env.WECHATPAY_APIV2_KEY;
const wxpay = new Wechatpay({
  mchid: env.WECHATPAY_MCHID,
  serial: env.WECHATPAY_SERIAL_NO,
  privateKey: file('PRIVATE_KEY'),
  certs: { [env.WECHATPAY_PLATFORM_SERIAL_NO]: file('PLATFORM_CERTIFICATE') },
  secret,
  baseURL: env.PAYDOUBLE_URL,
});
const success = '<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>';
const callbacks = await openCallbacks((response) => response.end(success));
const hook = callbacks.url;
const nextCallback = async () => Transformer.toObject((await callbacks.next()).body);

const common = { appid: env.WECHATPAY_APPID, mch_id: env.WECHATPAY_MCHID };
const call = async (client, params, options) => (await client.post({ ...common, ...params }, options)).data;
const saw = {};
saw.prepay = await call(wxpay.v2.pay.unifiedorder, {
  body: '三体', out_trade_no: 'SDK-V2-1', total_fee: 100, spbill_create_ip: '127.0.0.1', trade_type: 'NATIVE',
  notify_url: hook('/notify'),
});
await act('SDK-V2-1');
saw.paid = await nextCallback();
saw.verified = Hash.sign('MD5', saw.paid, secret) === saw.paid.sign;
saw.query = await call(wxpay.v2.pay.orderquery, { out_trade_no: 'SDK-V2-1' });
saw.refund = await call(wxpay.v2.secapi.pay.refund, {
  out_trade_no: 'SDK-V2-1', out_refund_no: 'R1', total_fee: 100, refund_fee: 40, notify_url: hook('/refunded'),
});
const hidden = (await nextCallback()).req_info;
saw.refunded = Transformer.toObject(Aes.AesEcb.decrypt(hidden, Hash.md5(secret)));
saw.refund_query = await call(wxpay.v2.pay.refundquery, { out_refund_no: 'R1' });

// A code is charged and reversed, another order closed.
const code = { body: 'x', total_fee: 50, spbill_create_ip: '127.0.0.1', auth_code: '134567890123456789' };
saw.micropay = await call(wxpay.v2.pay.micropay, { ...code, out_trade_no: 'SDK-V2-CODE' });
saw.reversed = await call(wxpay.v2.secapi.pay.reverse, { out_trade_no: 'SDK-V2-CODE' });
const order = {
  body: 'x', total_fee: 1_000, spbill_create_ip: '127.0.0.1', trade_type: 'NATIVE', notify_url: hook('/notify'),
};
await call(wxpay.v2.pay.unifiedorder, { ...order, out_trade_no: 'SDK-V2-2' });
saw.closed = await call(wxpay.v2.pay.closeorder, { out_trade_no: 'SDK-V2-2' });

// Sharing, whose messages are signed with an HMAC.
const hmac = async (client, params) => {
  const whole = { ...common, nonce_str: 'x1', sign_type: Hash.ALGO_HMAC_SHA256, ...params };
  return (await client.post(whole)).data;
};
await call(wxpay.v2.pay.unifiedorder, { ...order, out_trade_no: 'SDK-V2-3', profit_sharing: 'Y' });
await act('SDK-V2-3');
const { transaction_id: id } = await nextCallback();
const account = { type: 'MERCHANT_ID', account: '1900000109' };
await hmac(wxpay.v2.pay.profitsharingaddreceiver, {
  receiver: JSON.stringify({ ...account, name: '示例商户全称', relation_type: 'STORE' }),
});
saw.shared = await hmac(wxpay.v2.secapi.pay.profitsharing, {
  transaction_id: id, out_order_no: 'P1', receivers: JSON.stringify([{ ...account, amount: 100, description: 'x' }]),
});
saw.share_query = await hmac(wxpay.v2.pay.profitsharingquery, { transaction_id: id, out_order_no: 'P1' });

await control('clock/advance', { by: '24h' });
saw.bill = (await wxpay.v2.pay.downloadbill.post({ ...common, bill_date: '20260301', bill_type: 'ALL' }, {
  transformResponse: [(body) => body],
})).data;
callbacks.close();
console.log(JSON.stringify(saw));
