// A shop that uses npm's wechatpay-axios-plugin with its public option `baseURL`; prints what it saw as JSON.
// Argument: `certificate` or `public_key`, by which keys the shop checks signatures.

import process from 'node:process';

import { answered, nextCallback, openShop } from './axios_shop.mjs';
import { act, env, openCallbacks } from './shop.mjs';

const mode = process.argv[2];
const { wxpay, certs } = openShop(mode);
const callbacks = await openCallbacks();
const hook = callbacks.url;

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
await act(number);
saw.paid = await nextCallback(callbacks, certs);
saw.by_number = await byNumber(number);
const { transaction_id: transactionId } = saw.by_number.body;
saw.by_id = await answered(transactions.id.$transaction_id$.get({ params, transaction_id: transactionId }));
saw.refund = await answered(refunds.post({
  transaction_id: transactionId, out_refund_no: `R1-${mode}`, notify_url: hook('/refunded'),
  amount: { refund: 40, total: 100, currency: 'CNY' },
}));
saw.refunded = await nextCallback(callbacks, certs);
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
