// How npm's alipay-sdk sends a buyer to the cashier (`open BACK`), and what it says of the way back (`verify URL`).
import { readFileSync } from 'node:fs';
import { AlipaySdk } from 'alipay-sdk';

const env = process.env;
const [action, argument] = process.argv.slice(2);
const alipay = new AlipaySdk({
  appId: env.ALIPAY_APP_ID, privateKey: readFileSync(env.ALIPAY_APP_PRIVATE_KEY_PATH, 'ascii'), keyType: 'PKCS8',
  gateway: env.ALIPAY_GATEWAY, alipayPublicKey: readFileSync(env.ALIPAY_PUBLIC_KEY_PATH, 'ascii'),
});

function opened(method) {
  return alipay.pageExec('alipay.trade.page.pay', {
    method, returnUrl: argument,
    bizContent: {
      out_trade_no: `WEB-${method}`, total_amount: '88.88', subject: '测试 <商品> & 更多',
      product_code: 'FAST_INSTANT_TRADE_PAY',
    },
  });
}

if (action === 'open') {
  console.log(JSON.stringify({ url: opened('GET'), form: opened('POST') }));
} else {
  const { shop, ...told } = Object.fromEntries(new URL(argument).searchParams);
  console.log(JSON.stringify({ ...told, shop, verified: alipay.checkNotifySignV2(told) }));
}
