import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isErrandDashError } from './errand-dash-error.ts';
import type { LedgerKeys } from './head-signature.ts';
import { makeReceipt, makeSealer, type Sealer } from './testing/make-receipt.ts';
import { type Receipt, type ReceiptFault, verifyReceipt } from './verify-receipt.ts';

let sealer: Sealer;
let good: Receipt;
beforeAll(async () => {
  sealer = await makeSealer('seal-2026');
  good = await makeReceipt(sealer, { position: 6, size: 11, sides: ['debit', 'credit'] });
});
afterEach(() => vi.unstubAllGlobals());

const faultOf = async (receipt: unknown, keys: LedgerKeys = sealer.keys) => {
  const verdict = await verifyReceipt(receipt as Receipt, keys);
  return verdict.isValid ? null : verdict.fault;
};

test('a receipt holds, and says what it proves', async () => {
  const { transfer, own, head } = good;
  expect(await verifyReceipt(good, sealer.keys)).toEqual({ isValid: true, transfer, own, head: head.head });
});

test('it holds when it has been kept as text in between', async () => {
  expect(await faultOf(JSON.parse(JSON.stringify(good)))).toBeNull();
});

test('it holds at every place of batches of every size', async () => {
  for (const size of [1, 2, 3, 5, 8, 13]) {
    for (let position = 0; position < size; position += 1) {
      expect(await faultOf(await makeReceipt(sealer, { position, size }))).toBeNull();
    }
  }
});

describe('whatever is changed in it', () => {
  type Path = readonly (string | number)[];

  /** Every place in the receipt at which there is a value. */
  function placesIn(value: unknown, path: Path = []): Path[] {
    if (typeof value !== 'object' || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...path, name]))];
  }

  function changedAt(path: Path, change: (value: unknown) => unknown): unknown {
    const copy = structuredClone({ receipt: good as unknown });
    const names = ['receipt', ...path];
    let holder = copy as Record<string, unknown>;
    for (const name of names.slice(0, -1)) holder = holder[name] as Record<string, unknown>;
    const last = names.at(-1) ?? '';
    const changed = change(holder[last]);
    if (changed === undefined) delete holder[last];
    else holder[last] = changed;
    return copy.receipt;
  }

  /** Some other values of the same type, and of others. */
  function othersThan(value: unknown): unknown[] {
    if (typeof value === 'number') return [value + 1, value - 1, -value, value + 0.5, String(value), null];
    if (value === null) return ['x', 0, false];
    if (typeof value === 'string') {
      const flipped = [...value].map(
        (letter, at) => value.slice(0, at) + (letter === 'A' ? 'B' : 'A') + value.slice(at + 1),
      );
      return [...flipped, `${value} `, value.slice(1), value.toUpperCase(), '', null, 1];
    }
    if (Array.isArray(value))
      return [[], [...value, value[0]], [...value].reverse(), value.slice(1), null, {}];
    return [{ ...value, note: 'x' }, null, [], 'x'];
  }

  test('it holds no more', async () => {
    let tried = 0;
    for (const path of placesIn(good)) {
      for (const change of [
        undefined,
        ...othersThan(path.reduce<unknown>((value, name) => (value as never)[name], good)),
      ]) {
        const changed = changedAt(path, () => change);
        if (JSON.stringify(changed) === JSON.stringify(good)) continue;
        // With one side less it says less, and nothing that is not so.
        if (path.join() === 'own' && Array.isArray(change) && change.length === 1) continue;
        tried += 1;
        expect(await faultOf(changed), `${path.join('.')} as ${JSON.stringify(change)}`).not.toBeNull();
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });

  test.each<[Path, (value: never) => unknown, ReceiptFault]>([
    [['transfer', 'amountMinor'], (value: number) => value + 1, 'NOT_IN_BATCH'],
    [['transfer', 'authority'], () => 'a'.repeat(43), 'NOT_IN_BATCH'],
    [['position'], () => 7, 'NOT_IN_BATCH'],
    [['path', 0], () => 'A'.repeat(43), 'NOT_IN_BATCH'],
    [['path', 0], () => 'A'.repeat(42), 'MALFORMED'],
    [['own', 0, 'balanceMinor'], (value: number) => value + 1, 'SIDE_WRONG'],
    [['own', 1, 'version'], () => null, 'SIDE_WRONG'],
    [['own', 1, 'salt'], () => 'A'.repeat(43), 'SIDE_WRONG'],
    [['own', 1, 'account', 'ownerId'], () => 'somebody', 'ACCOUNT_WRONG'],
    [['head', 'head', 'total'], (value: number) => value + 1, 'SIGNATURE_WRONG'],
    [['head', 'head', 'keyId'], () => 'other', 'KEY_UNKNOWN'],
    [['head', 'signature'], () => 'A'.repeat(86), 'SIGNATURE_WRONG'],
    [['version'], () => 2, 'MALFORMED'],
    [['head', 'head', 'chain'], () => 'audit', 'MALFORMED'],
  ])('at %j it tells why', async (path, change, fault) => {
    expect(await faultOf(changedAt(path, change as (value: unknown) => unknown))).toBe(fault);
  });

  test.each<[string, (receipt: Receipt) => unknown]>([
    ['an amount that is no JSON', (receipt) => Object.assign(receipt.transfer, { amountMinor: 500n })],
    [
      'a cause that has itself in it',
      ({ transfer }) => Object.assign(transfer.cause, { id: transfer.cause }),
    ],
    ['a total that is no JSON', ({ head }) => Object.assign(head.head, { previousHead: 1n })],
    ['a balance that is no JSON', ({ own }) => Object.assign(own[0] ?? {}, { balanceMinor: 500n })],
  ])('%s is told as any other fault', async (_what, spoil) => {
    const copy = structuredClone(good);
    spoil(copy);
    expect(await faultOf(copy)).toBe('MALFORMED');
  });

  test.each([undefined, null, 'x', 7, [], {}])('%j is no receipt', async (value) => {
    expect(await faultOf(value)).toBe('MALFORMED');
  });

  test('one bit that base64url has to spare', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const path of [
      ['head', 'signature'],
      ['path', 0],
      ['own', 0, 'salt'],
    ] as Path[]) {
      const changed = changedAt(path, (text) => {
        const last = letters.indexOf((text as string).slice(-1));
        return (text as string).slice(0, -1) + letters[last + 1];
      });
      expect(await faultOf(changed)).not.toBeNull();
    }
  });
});

describe('the keys', () => {
  test('of somebody else under the same name prove nothing', async () => {
    expect(await faultOf(good, (await makeSealer('seal-2026')).keys)).toBe('SIGNATURE_WRONG');
  });

  test('of the past are found by their name', async () => {
    const newer = await makeSealer('seal-2027');
    expect(await faultOf(good, { keys: [...newer.keys.keys, ...sealer.keys.keys] })).toBeNull();
    expect(await faultOf(good, newer.keys)).toBe('KEY_UNKNOWN');
  });

  test.each([{ kty: 'RSA' }, { crv: 'X25519' }, { x: 'AA' }, { x: '!' }, { kid: 'other' }])(
    'that are no keys of the ledger are not used: %o',
    async (change) => {
      const [key] = sealer.keys.keys;
      expect(['KEY_UNKNOWN', 'SIGNATURE_WRONG']).toContain(
        await faultOf(good, { keys: [{ ...key, ...change }] }),
      );
    },
  );

  test('a platform that has no Ed25519 says so, which is not that the receipt is wrong', async () => {
    const refusing = {
      ...crypto,
      subtle: {
        importKey: () => Promise.reject(new DOMException('no such algorithm', 'NotSupportedError')),
        digest: crypto.subtle.digest.bind(crypto.subtle),
      },
    };
    vi.stubGlobal('crypto', refusing);
    const failure = await verifyReceipt(good, sealer.keys).catch((error: unknown) => error);
    expect(isErrandDashError(failure) && failure.code).toBe('ED25519_UNAVAILABLE');
  });
});
