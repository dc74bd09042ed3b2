/**
 * The network of an address, whose devices are counted as one: an address of IPv4; of IPv6 the first 64 bits, since
 * whoever has one address has all of those (RFC 6177). An address that is not known is a network of its own.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address === '' ? 'unknown' : address;
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  const all = tail === undefined ? first : [...first, ...zeros, ...last];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
