/**
 * Whether an Ed25519 public key is one that only a private key signs for. Under a point of small order signatures verify
 * that nobody made, and RFC 8032 does not ask verifiers to refuse it: OpenSSL does not.
 */
export function isEd25519KeySound(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const withoutSign = Buffer.from(publicKey);
  withoutSign.writeUInt8(withoutSign.readUInt8(31) & 0x7f, 31);
  return !smallOrder.has(withoutSign.toString('hex'));
}

const filled = (first: string, rest: string): string => first + rest.repeat(30);

/** The y coordinates, little-endian, of the eight points of small order, those of 0 and 1 also plus the field's prime. */
const smallOrder = new Set([
  `${filled('00', '00')}00`,
  `${filled('01', '00')}00`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `${filled('ec', 'ff')}7f`,
  `${filled('ed', 'ff')}7f`,
  `${filled('ee', 'ff')}7f`,
]);
