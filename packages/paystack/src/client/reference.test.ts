import { describe, expect, it } from 'vitest';
import { isReadableReference, isReference, newReference } from './reference.ts';
import { toWireAmount } from './wire-amount.ts';

const uuid = '0192f0c4-7d3a-7000-8000-000000000001';

describe('a reference', () => {
  it.each(['wd', 'tu'])('with the prefix %s fits both of the APIs', (prefix) => {
    const reference = newReference(prefix, uuid);
    expect(reference).toBe(`${prefix}-${uuid}`);
    expect(reference).toMatch(/^[A-Za-z0-9.=-]+$/);
    expect(reference).toMatch(/^[a-z0-9_-]{16,50}$/);
  });

  it.each([
    ['WD', uuid],
    ['wd_', uuid],
    ['wd', uuid.toUpperCase()],
    ['wd', 'short'],
    ['withdrawal-of-somebody', uuid],
    ['wd', `${uuid}\n`],
  ])('of %j and %j is refused', (prefix, id) => {
    expect(() => newReference(prefix, id)).toThrow(TypeError);
  });

  it.each([
    ['x'.repeat(15), false],
    ['x'.repeat(16), true],
    ['x'.repeat(50), true],
    ['x'.repeat(51), false],
  ])('%s may be written: %s', (reference, isWritable) => {
    expect(isReference(reference)).toBe(isWritable);
  });

  it.each([
    ['qTPrJoy9Bx', true],
    ['acv_9ee55786-2323-4760-98e2-6380c9cb3f68', true],
    ['a.b=c', true],
    ['..', false],
    ['.', false],
    ['a/b', false],
    ['', false],
    ['a?b', false],
  ])('%j may be asked about: %s', (reference, isReadable) => {
    expect(isReadableReference(reference)).toBe(isReadable);
  });
});

describe('an amount on the wire', () => {
  it.each([1n, 100n, 9_007_199_254_740_991n])('%s is an exact integer', (amountMinor) => {
    expect(BigInt(toWireAmount(amountMinor))).toBe(amountMinor);
  });

  it.each([0n, -1n, 9_007_199_254_740_992n, 10n ** 30n])('%s is refused', (amountMinor) => {
    expect(() => toWireAmount(amountMinor)).toThrow(RangeError);
  });
});
