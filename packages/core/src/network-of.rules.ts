const GROUPS = 8;
const GROUPS_OF_A_NETWORK = 4;

/**
 * The network of an address, whose devices are counted as one: an address of IPv4; of IPv6 the first 64 bits, since
 * whoever has one address has all of those (RFC 6177). Addresses that are not known are one network.
 */
export function networkOf(address: string): string {
  if (address === '') return 'unknown';
  const [bare = ''] = address.split('%');
  if (!bare.includes(':')) return address;
  const [head = '', tail] = withoutDots(bare).split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, GROUPS - first.length - last.length)).fill(
    '0',
  );
  const groups = [...first, ...zeros, ...last].map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.slice(0, GROUPS_OF_A_NETWORK).join(':')}::/64`;
}

/** An address may end as IPv4 is written (RFC 4291, 2.2). What stands there is beyond the network. */
const withoutDots = (address: string): string => address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0');
