import { createHash } from 'node:crypto';
import { post } from '@errand-dash/db';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalJson } from '../../canonical-json.ts';
import { isRefusal, Refused } from '../../refusal.ts';
import { fundWallet, makeTestUser, type TestUser } from '../../testing/index.ts';
import { leafHash, rootOfPath } from '../chains/merkle-tree.ts';
import { createSealedLedger, type SealedLedger } from '../testing/sealed-ledger.ts';
import { getReceipts, type Receipt } from './get-receipts.query.ts';

let ledger: SealedLedger;
let payer: TestUser;
let payee: TestUser;
let sent: string;
let unsealed: string;

/** A person pays another, among transfers of others; one more is not sealed yet. */
beforeAll(async () => {
  ledger = await createSealedLedger();
  const { core, database } = ledger;
  payer = await makeTestUser(core, 'demo_payer');
  payee = await makeTestUser(core, 'demo_payee');
  await fundWallet(core, payer.userId, 900_00n);
  await fundWallet(core, ledger.person.userId, 5n);
  const send = async () => {
    const id = v7();
    const [answer] = await post(database.db, [
      {
        kind: 'adjustment.post',
        cause: { type: 'test', id },
        authority: { kind: 'session', reference: payer.sessionId, detail: 'test.send a-key' },
        postedAt: new Date('2026-03-01T09:00:00.000Z'),
        transfers: [
          {
            id,
            debit: { purpose: 'available', ownerId: payer.userId, currency: 'NGN' },
            credit: { purpose: 'available', ownerId: payee.userId, currency: 'NGN' },
            amountMinor: 250_00n,
          },
        ],
      },
    ]);
    expect(answer?.outcome).toBe('posted');
    return id;
  };
  sent = await send();
  await ledger.batch(4);
  unsealed = await send();
});
afterAll(() => ledger.database.drop());

const ask = (person: TestUser, ...transferIds: string[]) =>
  getReceipts(ledger.core, person.call(), { transferIds });
const got = async (person: TestUser): Promise<Receipt> => {
  const [receipt = null] = await ask(person, sent);
  if (receipt === null) throw new Error('there is no receipt');
  return receipt;
};

test('each of the two has a receipt of the same transfer, with his own balance and not the other one’s', async () => {
  const [ofPayer, ofPayee] = [await got(payer), await got(payee)];
  expect(ofPayer.transfer).toEqual(ofPayee.transfer);
  expect(ofPayer.transfer).toMatchObject({
    transferId: sent,
    amountMinor: 250_00n,
    postedAt: '2026-03-01T09:00:00.000Z',
  });
  expect(
    ofPayer.own.map(({ side, balanceMinor, version, account }) => [
      side,
      balanceMinor,
      version,
      account.ownerId,
    ]),
  ).toEqual([['debit', 650_00n, 2n, payer.userId]]);
  expect(
    ofPayee.own.map(({ side, balanceMinor, version, account }) => [
      side,
      balanceMinor,
      version,
      account.ownerId,
    ]),
  ).toEqual([['credit', 250_00n, 1n, payee.userId]]);
  const text = canonicalJson(ofPayee);
  for (const secret of [
    payer.userId,
    payer.sessionId,
    '65000',
    ofPayer.own[0]?.salt ?? '',
    ofPayer.own[0]?.accountId ?? '',
  ]) {
    expect(text).not.toContain(secret);
  }
});

test('it leads to the signed root, and its side to the transfer', async () => {
  const { transfer, own, position, path, head } = await got(payer);
  const root = rootOfPath(leafHash(Buffer.from(canonicalJson(transfer))), {
    index: position,
    size: head.head.size,
    path: path.map((node) => Buffer.from(node, 'base64url')),
  });
  expect(root?.toString('base64url')).toBe(head.head.root);
  const [{ salt, account: _account, ...side } = { salt: '' }] = own;
  const hash = createHash('sha256').update(Buffer.from(salt, 'base64url')).update(canonicalJson(side));
  expect(hash.digest('base64url')).toBe(transfer.debit);
});

test('a stranger’s transfer, one that is not sealed yet and one that never was are told apart by nobody', async () => {
  expect(await ask(ledger.person, sent)).toEqual([null]);
  expect(await ask(payer, unsealed, v7(), sent).then((found) => found.map((one) => one === null))).toEqual([
    true,
    true,
    false,
  ]);
});

test('nobody gets a receipt without a session', async () => {
  const call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' } as const;
  const refused = await getReceipts(ledger.core, call, { transferIds: [sent] }).catch(
    (error: unknown) => error,
  );
  expect(refused instanceof Refused && isRefusal(refused.refusal) && refused.refusal.code).toBe(
    'SESSION_MISSING',
  );
});
