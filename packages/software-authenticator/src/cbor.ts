/** What CTAP2 writes of CBOR (RFC 8949): integers, byte and text strings, and maps. */
export type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>;

/** Encodes in the shortest form. A map keeps its order: give it in CTAP2's canonical one. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    return Buffer.concat([head(3, text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const members = [...value].flatMap(([key, member]) => [encodeCbor(key), encodeCbor(member)]);
  return Buffer.concat([head(5, value.size), ...members]);
}

function head(majorType: number, argument: number): Buffer {
  const type = majorType << 5;
  if (argument < 24) return Buffer.from([type | argument]);
  if (argument < 0x100) return Buffer.from([type | 24, argument]);
  if (argument < 0x10000) return Buffer.from([type | 25, argument >> 8, argument & 0xff]);
  const wide = Buffer.alloc(5);
  wide[0] = type | 26;
  wide.writeUInt32BE(argument, 1);
  return wide;
}
