// What every shop in Node has beside its SDK: a callback endpoint, a payer, and the controls of PayDouble.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const PATIENCE_MS = 20_000;

export const { env } = process;
export const require = createRequire(join(env.SDK_HOME, 'package.json'));
export const file = (name) => readFileSync(env[`WECHATPAY_${name}_PATH`]);

/** An endpoint that answers as told; `next()` is the next callback: { headers, body }, the body as text. */
export const openCallbacks = async (answer = (response) => response.writeHead(204).end()) => {
  const arrived = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    answer(response);
    const callback = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    if (waiting.length) waiting.shift()(callback); else arrived.push(callback);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
    next: async () => arrived.shift() ?? new Promise((resolve, reject) => {
      waiting.push(resolve);
      setTimeout(() => reject(new Error('no callback came')), PATIENCE_MS).unref();
    }),
    close: () => server.close(),
  };
};

const told = async (done, what) => {
  const text = await done.text();
  if (!done.ok) throw new Error(`${what}: ${done.status} ${text}`);
  return text;
};

/** The control API of this sandbox: a POST where there is a body. */
export const control = async (path, body) => {
  const url = `${env.PAYDOUBLE_URL}/_paydouble/sandboxes/${env.SANDBOX}/${path}`;
  const headers = { 'Content-Type': 'application/json' };
  const how = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  return JSON.parse(await told(await fetch(url, how), path) || 'null');
};

export const act = (number, trigger = 'pay') => (
  control(`payments/ref:${encodeURIComponent(number)}/act`, { trigger })
);

/** What a page says once its form is sent. */
export const submitted = async (path, fields, form) => {
  const url = `${env.PAYDOUBLE_URL}${path}?${new URLSearchParams(fields)}`;
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return told(await fetch(url, { method: 'POST', headers, body: `${new URLSearchParams(form)}` }), path);
};
