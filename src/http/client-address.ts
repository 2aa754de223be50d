import type { FastifyRequest } from 'fastify';

/**
 * The address limits count by. One household or attacker holds a whole IPv6 network of 64 bits: its addresses count as one. Behind a
 * proxy named in TRUST_PROXY it is the client's; without that setting nobody can forge it.
 */
export function addressOf({ ip }: FastifyRequest): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!ip.includes(':') || ip === '::1') return ip;
  const [before = '', after] = ip.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const groups = after === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':').toLowerCase()}::/64`;
}

/** The network of an address, which is all that is kept of where somebody was: 192.0.2.0/24, 2001:db8:1::/48. */
export function coarseAddressOf(request: FastifyRequest): string {
  const address = addressOf(request);
  if (address === '::1') return address;
  if (!address.includes(':')) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  return `${address.split(':').slice(0, 3).join(':')}::/48`;
}
