import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import type { SignedHead } from './head-signature.ts';
import { makeSealer, type Sealer } from './testing/make-receipt.ts';
import { makeStatement } from './testing/make-statement.ts';
import { verifyHeads } from './verify-heads.ts';

let sealer: Sealer;
let heads: SignedHead[];
let forked: SignedHead[];
beforeAll(async () => {
  sealer = await makeSealer('seal-2026');
  ({ heads } = await makeStatement(sealer, { batches: [1, 2, 3, 4, 5] }));
  ({ heads: forked } = await makeStatement(sealer, { batches: [1, 2, 3, 4, 5], history: 'two' }));
});

const pick = (from: readonly SignedHead[], ...numbers: number[]): SignedHead[] =>
  from.filter(({ head }) => numbers.includes(head.number));
const verdictOf = (given: readonly unknown[]) => verifyHeads(given as SignedHead[], sealer.keys);

describe('heads', () => {
  test('of one history hold, in any order and given twice', async () => {
    const unbroken = { isValid: true, isUnbroken: true };
    expect(await verdictOf(heads)).toEqual(unbroken);
    expect(await verdictOf([...heads, ...heads].reverse())).toEqual(unbroken);
    expect(await verdictOf(pick(heads, 3))).toEqual(unbroken);
    expect(await verdictOf([])).toEqual(unbroken);
  });

  test('hold over a gap, and tell that there is one', async () => {
    expect(await verdictOf(pick(heads, 1, 2, 5))).toEqual({ isValid: true, isUnbroken: false });
  });

  test('of two histories are found where both have one, and where one follows the other', async () => {
    const replaced = (number: number) => ({ isValid: false, fault: 'HEAD_REPLACED', number });
    expect(await verdictOf([...pick(heads, 3), ...pick(forked, 3)])).toEqual(replaced(3));
    expect(await verdictOf([...pick(heads, 2), ...pick(forked, 3, 4, 5)])).toEqual(replaced(3));
  });

  test.each([
    ['that claim fewer rows than were there', { total: 6 }],
    ['whose batch begins before the end of an earlier one', { size: 19 }],
    ['whose batch begins at the end of one that is not the one before', { size: 15 }],
    ['that leave less than a row for each batch between', { size: 14 }],
  ])('%s are found over a gap', async (_what, change) => {
    const [, second, , , fifth] = heads;
    if (second === undefined || fifth === undefined) throw new Error('there are five heads');
    expect([second.head.total, fifth.head.total, fifth.head.size]).toEqual([5, 20, 6]);
    const head = { ...fifth.head, ...change };
    const signed = { head, signature: await sealer.sign(canonicalJson(head)) };
    expect(await verdictOf([second, signed])).toEqual({ isValid: false, fault: 'HEAD_REPLACED', number: 5 });
  });

  test('that name the one before and do not count on from it are found', async () => {
    const [, second, third] = heads;
    if (second === undefined || third === undefined) throw new Error('there are five heads');
    const head = { ...third.head, total: third.head.total + 1 };
    const signed = { head, signature: await sealer.sign(canonicalJson(head)) };
    expect(await verdictOf([second, signed])).toEqual({ isValid: false, fault: 'HEAD_REPLACED', number: 3 });
  });

  test('that nobody signed prove nothing', async () => {
    const [first] = heads;
    if (first === undefined) throw new Error('there are heads');
    const edited = { ...first, head: { ...first.head, total: first.head.total + 1 } };
    const unknown = { ...first, head: { ...first.head, keyId: 'other' } };
    expect(await verdictOf([edited])).toEqual({ isValid: false, fault: 'SIGNATURE_WRONG', number: 1 });
    expect(await verdictOf([unknown])).toEqual({ isValid: false, fault: 'KEY_UNKNOWN', number: 1 });
    expect(await verifyHeads([first], (await makeSealer('seal-2026')).keys)).toMatchObject({
      fault: 'SIGNATURE_WRONG',
    });
  });

  test.each([null, undefined, 'x', {}, { head: {}, signature: '' }, { head: null, signature: 'x' }])(
    '%j is no head',
    async (value) => {
      expect(await verdictOf([value])).toEqual({ isValid: false, fault: 'MALFORMED', number: null });
    },
  );

  test('of the audit log are no heads of the ledger', async () => {
    const [first] = heads;
    const audit = { ...first, head: { ...first?.head, chain: 'audit' } };
    expect(await verdictOf([audit])).toEqual({ isValid: false, fault: 'MALFORMED', number: 1 });
  });
});
