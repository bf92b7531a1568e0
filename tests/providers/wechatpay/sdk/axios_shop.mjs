// npm's wechatpay-axios-plugin with its public option `baseURL`, by either way of checking signatures.

import { env, file, require } from './shop.mjs';

const { Wechatpay, Aes, Rsa, Formatter } = require('wechatpay-axios-plugin');

/** `mode` is `certificate` or `public_key`. */
export const openShop = (mode) => {
  const isPublicKey = mode === 'public_key';
  const serial = isPublicKey ? env.WECHATPAY_PUBLIC_KEY_ID : env.WECHATPAY_PLATFORM_SERIAL_NO;
  const certs = { [serial]: file(isPublicKey ? 'PUBLIC_KEY' : 'PLATFORM_CERTIFICATE') };
  const wxpay = new Wechatpay({
    mchid: env.WECHATPAY_MCHID,
    serial: env.WECHATPAY_SERIAL_NO,
    privateKey: file('PRIVATE_KEY'),
    certs,
    baseURL: env.PAYDOUBLE_URL,
    ...(isPublicKey ? { headers: { 'Wechatpay-Serial': serial } } : {}),
  });
  const secret = (text) => Rsa.encrypt(text, certs[serial]);
  return { wxpay, serial, certs, secret };
};

/** The next callback, verified and decrypted by the SDK's own means. */
export const nextCallback = async (callbacks, certs) => {
  const { headers, body } = await callbacks.next();
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

export const answered = async (call) => {
  try {
    const { status, data } = await call;
    return { status, body: data || null };
  } catch (error) {
    if (!error.response) throw error;
    const { status, data } = error.response;
    return { status, body: data || null };
  }
};
