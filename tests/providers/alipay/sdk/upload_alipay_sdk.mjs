// Uploads through npm's alipay-sdk, by both protocols; prints what it saw as JSON.
import { readFileSync } from 'node:fs';
import { AlipaySdk, AlipayFormData } from 'alipay-sdk';

const env = process.env;
const alipay = new AlipaySdk({
  appId: env.ALIPAY_APP_ID, privateKey: readFileSync(env.ALIPAY_APP_PRIVATE_KEY_PATH, 'ascii'), keyType: 'PKCS8',
  gateway: env.ALIPAY_GATEWAY, endpoint: env.ALIPAY_API_BASE,
  alipayPublicKey: readFileSync(env.ALIPAY_PUBLIC_KEY_PATH, 'ascii'),
});

function file(part, name) {
  const form = new AlipayFormData();
  form.addFile(part, name, Buffer.from('\x89PNG\r\n\r\n--not-a-boundary'));
  return form;
}

function picture(name) {
  const form = file('image_content', name);
  form.addField('imageType', 'png');
  return form;
}

async function failed(call) {
  try {
    await call();
    return 'nothing';
  } catch (error) {
    return { code: error.code, status: error.responseHttpStatus };
  }
}

const v3 = name => alipay.curl('POST', '/v3/alipay/open/file/upload', {
  form: file('file_content', name), body: { biz_code: 'openpt_appstore' },
});
const v2 = name => alipay.exec('alipay.merchant.image.upload', {}, { formData: picture(name), validateSign: true });
console.log(JSON.stringify({
  v2: await v2('图片.png'),
  program: await v2('a.exe'),
  v3: (await v3('图片.jpg')).data,
  v3program: await failed(() => v3('a.exe')),
}));
