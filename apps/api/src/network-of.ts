import { isIPv6 } from 'node:net';

const GROUPS = 8;
const GROUPS_OF_A_NETWORK = 4;

/**
 * The network that an address is counted as: an IPv4 address for itself, an IPv6 address as its /64, of which one
 * subscriber has all addresses (RFC 6177).
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return address;
  const [head = '', tail] = withoutDots(bare).split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(tail === undefined ? 0 : GROUPS - first.length - last.length).fill('0');
  const groups = [...first, ...zeros, ...last].map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.slice(0, GROUPS_OF_A_NETWORK).join(':')}::/64`;
}

/** An address may end as IPv4 is written (RFC 4291, 2.2). What stands there is beyond the network. */
const withoutDots = (address: string): string => address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0');
