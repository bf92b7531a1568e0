'use strict';
// Clients of Node, one call each and nothing said of where to; prints the answers' status.

const http = require('http');
const https = require('https');

const URL_ = 'https://api.stripe.com/v1/customers';
const headers = { Authorization: `Bearer ${process.env.STRIPE_SECRET_KEY}` };
const got = (client, url) => new Promise((resolve, reject) => {
  client.get(url, { headers }, (answer) => { answer.resume(); resolve(answer.statusCode); }).on('error', reject);
});

const clients = {
  stripe: async () => {
    const stripe = require('stripe');
    const client = new (stripe.default || stripe)(process.env.STRIPE_SECRET_KEY);
    return (await client.customers.list()).lastResponse.statusCode;
  },
  axios: async () => (await require('axios').get(URL_, { headers })).status,
  fetch: async () => (await fetch(URL_, { headers })).status,
  undici: async () => (await require('undici').fetch(URL_, { headers })).status,
  superagent: async () => (await require('superagent').get(URL_).set(headers)).status,
  https: () => got(https, URL_),
  http: () => got(http, URL_.replace('https', 'http')),
};

(async () => {
  const saw = {};
  for (const [name, call] of Object.entries(clients)) saw[name] = await call();
  console.log(JSON.stringify(saw));
})();
