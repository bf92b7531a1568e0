'use strict';
/*
 * Loaded first by every Node below `paydouble run`: connections to the providers' host names lead to it.
 *
 * Every client of Node, with an agent of its own or none, over TLS or not, connects through Socket.prototype.connect.
 * Only the address changes: TLS goes on to ask for the provider's certificate by name and to check it, and trusts the
 * authority of PayDouble by NODE_EXTRA_CA_CERTS. A client that honours a proxy connects to that, and is left alone.
 */
const net = require('net');

const hosts = new Set((process.env.PAYDOUBLE_LED_HOSTS || '').split(' ').filter(Boolean));
const [, address, port] = /^(.*):(\d+)$/.exec(process.env.PAYDOUBLE_LED_TO || '') || [];
const PORTS = new Set(['443', '80']);

const isLed = (host, to) => typeof host === 'string' && hosts.has(host.toLowerCase().replace(/\.$/, ''))
  && PORTS.has(String(to));

/** The arguments in one form: (options), (port, host) and Node's own [options, callback] come in. */
const normalized = (given) => {
  const args = Array.isArray(given[0]) ? given[0] : given;
  const callback = args.find((each) => typeof each === 'function');
  const options = typeof args[0] === 'object' && args[0] !== null ? args[0] : { port: args[0], host: args[1] };
  return [options, callback];
};

if (hosts.size && address) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function connectLed(...given) {
    const [options, callback] = normalized(given);
    if (!isLed(options.host, options.port)) return connect.apply(this, given);
    // A copy: TLS reads the host to check from the caller's own object.
    return connect.call(this, { ...options, host: address, port: Number(port) }, callback);
  };
}
