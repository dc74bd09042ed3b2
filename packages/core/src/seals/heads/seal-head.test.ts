import { expect, test } from 'vitest';
import { canonicalJson } from '../../canonical-json.ts';
import { testHeadKey } from '../../testing/head-key.ts';
import { headHash, isHeadSigned, parseHead, parseSignedHead, type SealHead, signHead } from './seal-head.ts';

const unsigned = {
  version: 1,
  chain: 'ledger',
  number: 2,
  size: 3,
  total: 10,
  root: 'r'.repeat(43),
  previousHead: 'p'.repeat(43),
  sealedAt: '2026-03-01T09:00:00.000Z',
} as const;
const first = testHeadKey('first');
const second = testHeadKey('second');
const signed = signHead(unsigned, { keys: [first, second] });

test('the first key signs, and every key of that name verifies', () => {
  expect(signed.head.keyId).toBe('first');
  expect(isHeadSigned(signed, [second, first])).toBe(true);
  expect(isHeadSigned(signed, [{ ...first, privateKey: null }])).toBe(true);
});

test('a head of a key that nobody has is neither signed nor not', () => {
  expect(isHeadSigned(signed, [second])).toBeNull();
});

test('another key under the same name verifies nothing', () => {
  expect(isHeadSigned(signed, [testHeadKey('first')])).toBe(false);
});

test.each<Partial<SealHead>>([
  { chain: 'audit' },
  { number: 3 },
  { size: 4 },
  { total: 11 },
  { root: 's'.repeat(43) },
  { previousHead: null },
  { sealedAt: '2026-03-01T09:00:00.001Z' },
])('%o voids the signature and gives another hash', (change) => {
  const head = { ...signed.head, ...change };
  expect(isHeadSigned({ ...signed, head }, [first])).toBe(false);
  expect(headHash(head)).not.toBe(headHash(signed.head));
});

test('a head is read from its canonical JSON and from nothing else', () => {
  const text = canonicalJson(signed.head);
  expect(parseHead(text)).toEqual(signed.head);
  for (const other of [
    ` ${text}`,
    text.replace('"version":1', '"version":2'),
    '{}',
    'x',
    JSON.stringify(signed.head),
  ]) {
    expect(parseHead(other)).toBeNull();
  }
  expect(parseSignedHead(JSON.parse(JSON.stringify(signed)))).toEqual(signed);
  expect(parseSignedHead({ ...signed, note: 'x' })).toBeNull();
});
