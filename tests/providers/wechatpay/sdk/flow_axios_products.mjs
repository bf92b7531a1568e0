// The same SDK with every product of API v3, and what follows a payment; prints what it saw as JSON.
// Argument: `certificate` or `public_key`, by which keys the shop checks signatures.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import process from 'node:process';

import { answered, nextCallback as nextOf, openShop } from './axios_shop.mjs';
import {
  act, control, env, openCallbacks, submitted,
} from './shop.mjs';

const SUB_MCHID = '1900000110';
const STORE = '1900000109';
const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';

const { wxpay, serial, certs, secret } = openShop(process.argv[2]);
const { v3 } = wxpay;
const callbacks = await openCallbacks();
const nextCallback = () => nextOf(callbacks, certs);
const named = { headers: { 'Wechatpay-Serial': serial } };
const { WECHATPAY_APPID: appid, WECHATPAY_MCHID: mchid } = env;
const saw = { products: {}, partner: {}, combined: {} };
const done = async (name, call) => {
  saw[name] = await answered(call);
  if (saw[name].status >= 400) throw new Error(`${name}: ${JSON.stringify(saw[name])}`);
  return saw[name].body;
};

const order = { description: '三体', notify_url: callbacks.url('/notify'), amount: { total: 1_000, currency: 'CNY' } };
const scene = { scene_info: { payer_client_ip: '127.0.0.1', h5_info: { type: 'Wap' } } };
const byProduct = { native: {}, app: { settle_info: { profit_sharing: true } }, h5: scene, jsapi: {} };

const toldOf = async (number) => {
  await act(number);
  return nextCallback();
};
for (const [name, more] of Object.entries(byProduct)) {
  const payer = name === 'jsapi' ? { payer: { openid: OPENID } } : {};
  const number = `AXIOS-${name}`;
  await done(name, v3.pay.transactions[name].post({ ...order, appid, mchid, out_trade_no: number, ...more, ...payer }));
  saw.products[name] = await toldOf(number);
}
for (const name of [...Object.keys(byProduct), 'miniprogram']) {
  const payer = ['jsapi', 'miniprogram'].includes(name) ? { payer: { sp_openid: OPENID } } : {};
  const number = `AXIOS-SP-${name}`;
  await done(`sp_${name}`, v3.pay.partner.transactions[name].post({
    ...order, sp_appid: appid, sp_mchid: mchid, sub_mchid: SUB_MCHID, out_trade_no: number, ...byProduct[name], ...payer,
  }));
  saw.partner[name] = await toldOf(number);
}
const parties = { params: { sp_mchid: mchid, sub_mchid: SUB_MCHID }, out_trade_no: 'AXIOS-SP-native' };
await done('sp_query', v3.pay.partner.transactions.outTradeNo.$out_trade_no$.get(parties));
for (const name of [...Object.keys(byProduct), 'miniprogram']) {
  const payer = ['jsapi', 'miniprogram'].includes(name) ? { combine_payer_info: { openid: OPENID } } : {};
  const parts = ['A', 'B'].map((part) => ({
    mchid, attach: 'x', out_trade_no: `AXIOS-${name}-${part}`, description: 'x',
    amount: { total_amount: 50, currency: 'CNY' },
  }));
  await done(`combine_${name}`, v3.combineTransactions[name].post({
    combine_appid: appid, combine_mchid: mchid, combine_out_trade_no: `COMBINED-${name}`, sub_orders: parts,
    notify_url: callbacks.url('/combined'), ...(name === 'h5' ? scene : {}), ...payer,
  }));
  saw.combined[name] = await toldOf(`AXIOS-${name}-A`);
}
saw.codepay = await answered(v3.pay.transactions.codepay.post({
  appid, mchid, description: 'x', out_trade_no: 'AXIOS-CODE', payer: { auth_code: '134567890123456789' },
  amount: { total: 100 }, scene_info: { store_info: { id: '7' } },
}));
saw.reversed = await answered(
  v3.pay.transactions.outTradeNo.$out_trade_no$.reverse.post({ appid, mchid }, { out_trade_no: 'AXIOS-CODE' }),
);

const { refunds } = v3.refund.domestic;
const refund = await done('refund', refunds.post({
  out_trade_no: 'AXIOS-native', out_refund_no: 'PD4832-R1', notify_url: callbacks.url('/refunded'),
  amount: { refund: 300, total: 1_000, currency: 'CNY' },
}));
saw.abnormal = await nextCallback();
await done('applied', refunds.$refund_id$.applyAbnormalRefund.post({
  out_refund_no: 'PD4832-R1', type: 'USER_BANK_CARD', bank_type: 'CMB_DEBIT',
  bank_account: secret('6222021234567890403'), real_name: secret('张三'),
}, { refund_id: refund.refund_id, ...named }));
saw.refunded = await nextCallback();

const id = saw.products.app.resource.transaction_id;
const accounts = [['MERCHANT_ID', STORE, 'STORE', '示例商户全称'], ['PERSONAL_OPENID', OPENID, 'STAFF', '张三']];
for (const [type, account, relation, name] of accounts) {
  await done(`receiver_${type}`, v3.profitsharing.receivers.add.post({
    appid, type, account, relation_type: relation, name: secret(name),
  }, named));
}
await done('shared', v3.profitsharing.orders.post({
  appid, transaction_id: id, out_order_no: 'P1', unfreeze_unsplit: false,
  receivers: accounts.map(([type, account, , name]) => ({
    type, account, name: secret(name), amount: 100, description: '分账',
  })),
}, named));
await done('returned', v3.profitsharing.returnOrders.post({
  out_order_no: 'P1', out_return_no: 'B1', return_mchid: STORE, amount: 60, description: '回退',
}));
await done('amounts', v3.profitsharing.transactions.$transaction_id$.amounts.get({ transaction_id: id }));
await done('unfrozen', v3.profitsharing.orders.unfreeze.post({
  transaction_id: id, out_order_no: 'U1', description: '解冻',
}));
await done('share_query', v3.profitsharing.orders.$out_order_no$.get({
  params: { transaction_id: id }, out_order_no: 'P1',
}));

const { transferBills } = v3.fundApp.mchTransfer;
const bill = await done('transfer', transferBills.post({
  appid, out_bill_no: 'T1', transfer_scene_id: '1000', openid: OPENID, user_name: secret('张三'), transfer_amount: 400,
  transfer_remark: 'x', notify_url: callbacks.url('/transfer'),
  transfer_scene_report_infos: ['活动名称', '奖励说明'].map((info) => ({ info_type: info, info_content: 'x' })),
}, named));
await submitted('/paydouble/wechatpay/transfer', { mchId: mchid, package: bill.package_info }, { step: 'confirm' });
saw.transferred = await nextCallback();

// A probe, and a signature that does not verify, are refused by the SDK itself.
const rule = (nth, signature) => ({ when: { operation: 'payment.query', nth }, then: { respond: { signature } } });
await control('scenarios', { rules: [rule([1, 2], 'probe'), rule(3, 'corrupt'), rule(4, 'missing')] });
saw.verified = [];
for (let index = 0; index < 5; index += 1) {
  const asked = { params: { mchid }, out_trade_no: 'AXIOS-native' };
  const call = v3.pay.transactions.outTradeNo.$out_trade_no$.get(asked);
  saw.verified.push(await call.then(() => true, () => false));
}

await control('clock/advance', { by: '24h' });
saw.bills = {};
for (const kind of ['tradebill', 'fundflowbill']) {
  const { hash_value: hash, download_url: url } = await done(kind, v3.bill[kind].get({
    params: { bill_date: '2026-03-01' },
  }));
  const { pathname, searchParams } = new URL(url);
  const params = Object.fromEntries(searchParams);
  // As bytes: axios takes the byte order mark from texts, and the hash is of the file with it.
  const { data } = await wxpay.client.v3.get(pathname, { params, responseType: 'arraybuffer' });
  const file = Buffer.from(data);
  saw.bills[kind] = { text: file.toString(), intact: createHash('sha1').update(file).digest('hex') === hash };
}
callbacks.close();
console.log(JSON.stringify(saw));
