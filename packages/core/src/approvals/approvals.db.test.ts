import { createHash } from 'node:crypto';
import type { Approval, Withdraw } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { beginSignIn, finishSignIn } from '../auth/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Call } from '../claim.ts';
import { checkAllInvariants } from '../invariants.ts';
import { addPayoutAccount, withdraw } from '../payments/index.ts';
import {
  addAccount,
  makePayoutPerson,
  nextAccountNumber,
  type PayoutPerson,
  signWithdrawal,
} from '../payments/testing/payout-person.ts';
import { defaultPolicy } from '../policy.ts';
import { beginApproval, signedActions, verifyApproval } from '../signed-actions.ts';
import { availableOf } from '../testing/fund-wallet.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { signAction } from '../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../testing/test-provider.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
let ada: PayoutPerson;
const funds = 100_000_00n;
const amount = 20_000_00n;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  core = createTestCore(database.db, { payments: provider.payments, policy });
  ada = await makePayoutPerson(core, 'demo_ada', { fundsMinor: funds });
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

const stateOf = async ({ approvalId }: Approval): Promise<string> =>
  (await sql<{ state: string }>`select state from approvals where id = ${approvalId}`.execute(database.db))
    .rows[0]?.state ?? 'none';

/** Refused as a wrong signature, with nothing moved and the approval consumed. */
async function expectRefused(call: Call, input: Withdraw, state = 'refused'): Promise<void> {
  const before = await availableOf(database.db, ada.userId);
  expect((await refusalOf(withdraw(core, call, input))).code).toBe('SIGNATURE_REFUSED');
  expect(await availableOf(database.db, ada.userId)).toBe(before);
  expect(await stateOf(input.approval)).toBe(state);
}

/** A byte of base64url text, turned over. */
function flip(text: string, at: number): string {
  const bytes = Buffer.from(text, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString('base64url');
}

describe('what is asked to be signed', () => {
  test('names the amount, the currency, the payee, the key, the person, the session and the end, and is hashed', async () => {
    const call = ada.call('a-key-to-be-signed');
    const begun = await beginApproval(core, call, {
      action: 'wallet.withdraw',
      idempotencyKey: 'a-key-to-be-signed',
      amountMinor: amount,
      currency: 'NGN',
      payoutAccountId: ada.payoutAccountId,
    });
    expect(begun.document).toEqual({
      version: 1,
      action: 'wallet.withdraw',
      amountMinor: Number(amount),
      currency: 'NGN',
      payee: expect.stringMatching(/^nuban:058:\d{10}$/),
      idempotencyKey: 'a-key-to-be-signed',
      user: `user_${ada.userId}`,
      session: `session_${ada.sessionId}`,
      nonce: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expiry: begun.expiresAt.toISOString(),
    });
    const hash = createHash('sha256').update(canonicalJson(begun.document)).digest('base64url');
    expect(begun.options).toMatchObject({ challenge: hash, userVerification: 'required', timeout: 120_000 });
    expect(begun.options.allowCredentials.map(({ id }) => id)).toEqual(
      ada.authenticator.export().map(({ credentialId }) => credentialId),
    );
  });

  test('is another challenge each time', async () => {
    const ask = () =>
      beginApproval(core, ada.call(), {
        action: 'wallet.addPayoutAccount',
        idempotencyKey: 'the-same-key',
        bankCode: '058',
        accountNumber: '0123456789',
      });
    const [first, second] = [await ask(), await ask()];
    expect(first.options.challenge).not.toBe(second.options.challenge);
    expect(first.document).toMatchObject({
      amountMinor: null,
      currency: null,
      payee: 'nuban:058:0123456789',
    });
  });

  test('is refused for an account that is nobody’s or somebody else’s, in the same way', async () => {
    const bayo = await makePayoutPerson(core, 'demo_bayo', { fundsMinor: 0n });
    for (const payoutAccountId of [bayo.payoutAccountId, '00000000-0000-7000-8000-000000000000']) {
      const asked = { amountMinor: amount, currency: 'NGN', payoutAccountId } as const;
      const refusal = await refusalOf(
        signAction(core, ada, ada.call(), { action: 'wallet.withdraw', ...asked }),
      );
      expect(refusal.code).toBe('OBJECT_NOT_FOUND');
    }
  });

  test('is not readable where it is stored', async () => {
    const accountNumber = nextAccountNumber();
    await signAction(core, ada, ada.call(), {
      action: 'wallet.addPayoutAccount',
      bankCode: '058',
      accountNumber,
    });
    const { rows } = await sql`select approvals::text as all from approvals`.execute(database.db);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(accountNumber).toString('hex'));
    expect(JSON.stringify(rows)).not.toContain(accountNumber);
  });

  test('every action of the registry bears its own name', () => {
    for (const [name, action] of Object.entries(signedActions)) expect(action.name).toBe(name);
  });
});

describe('a signed withdrawal', () => {
  test('goes through once, its transfers name the approval, and it can be proved later', async () => {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, amount);
    const before = await availableOf(database.db, ada.userId);
    const withdrawal = await withdraw(core, call, input);
    expect(await withdraw(core, call, input)).toEqual(withdrawal);
    expect(await availableOf(database.db, ada.userId)).toBe(before - amount);
    const sets = await database.db
      .selectFrom('transfer_sets')
      .selectAll()
      .where('cause_id', '=', withdrawal.id)
      .execute();
    expect(sets).toMatchObject([
      { kind: 'withdrawal.hold', authority_kind: 'passkey', authority_reference: input.approval.approvalId },
    ]);
    await moveClock(database.owner, 3600);
    expect(await verifyApproval(core, input.approval.approvalId)).toEqual({
      isProven: true,
      document: expect.objectContaining({ amountMinor: Number(amount), idempotencyKey: call.idempotencyKey }),
      signedAt: expect.any(Date),
      signer: {
        means: 'passkey',
        userId: ada.userId,
        credentialId: input.approval.response.id,
        removedAt: null,
      },
      transferSetIds: [sets[0]?.id],
    });
  });

  test('of one kobo more is refused, and the signature is spent', async () => {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, amount);
    await expectRefused(call, { ...input, amountMinor: amount + 1n });
    await expectRefused(ada.call(), input);
  });

  test('to another account is refused', async () => {
    const other = await addAccount(core, ada, { bankCode: '044', accountNumber: nextAccountNumber() });
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, amount);
    await expectRefused(call, { ...input, payoutAccountId: other });
  });

  test('to an account that does not exist or is somebody else’s is refused alike', async () => {
    const chidi = await makePayoutPerson(core, 'demo_chidi', { fundsMinor: 0n });
    for (const payoutAccountId of [chidi.payoutAccountId, '00000000-0000-7000-8000-000000000000']) {
      const call = ada.call();
      await expectRefused(call, { ...(await signWithdrawal(core, ada, call, amount)), payoutAccountId });
    }
  });

  test('under another key is refused', async () => {
    const input = await signWithdrawal(core, ada, ada.call(), amount);
    await expectRefused(ada.call(), input);
  });

  test('is refused a second time, under the same key or another', async () => {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, 100_00n);
    await withdraw(core, call, input);
    await expectRefused(ada.call(), input, 'accepted');
    expect((await refusalOf(withdraw(core, call, { ...input, amountMinor: 200_00n }))).code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  test('signed anew under the same key after its answer was lost is answered as before, and takes nothing more', async () => {
    const call = ada.call();
    const first = await signWithdrawal(core, ada, call, 100_00n);
    const withdrawal = await withdraw(core, call, first);
    const before = await availableOf(database.db, ada.userId);
    const again = await signWithdrawal(core, ada, call, 100_00n);
    expect(again.approval.approvalId).not.toBe(first.approval.approvalId);
    expect(await withdraw(core, call, again)).toEqual(withdrawal);
    expect(await availableOf(database.db, ada.userId)).toBe(before);
    const more = await signWithdrawal(core, ada, call, 200_00n);
    expect((await refusalOf(withdraw(core, call, more))).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('is refused after two minutes, and taken just before', async () => {
    const [early, late] = [ada.call(), ada.call()];
    const inTime = await signWithdrawal(core, ada, early, 100_00n);
    const tooLate = await signWithdrawal(core, ada, late, 100_00n);
    await moveClock(database.owner, 110);
    await withdraw(core, early, inTime);
    await moveClock(database.owner, 11);
    await expectRefused(late, tooLate);
  });

  test('is refused in another session of the same person', async () => {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, amount);
    const sessionId = await secondSession();
    const elsewhere: Call = { ...call, caller: { kind: 'user', userId: ada.userId, sessionId } };
    await expectRefused(elsewhere, input);
  });

  test('is refused in the hands of another person, and is not spent by that', async () => {
    const dupe = await makePayoutPerson(core, 'demo_dupe', { fundsMinor: funds });
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, amount);
    await expectRefused(dupe.call(call.idempotencyKey ?? ''), input, 'open');
    expect(await availableOf(database.db, dupe.userId)).toBe(funds);
    await withdraw(core, call, input);
  });

  test('is refused with the passkey of another person', async () => {
    const emeka = await makePayoutPerson(core, 'demo_emeka', { fundsMinor: 0n });
    const call = ada.call();
    const asked = { amountMinor: amount, currency: 'NGN', payoutAccountId: ada.payoutAccountId } as const;
    const begun = await beginApproval(core, call, {
      action: 'wallet.withdraw',
      idempotencyKey: call.idempotencyKey ?? '',
      ...asked,
    });
    const response = await emeka.authenticator.get({ ...begun.options, allowCredentials: [] });
    await expectRefused(call, { ...asked, approval: { approvalId: begun.approvalId, response } });
  });

  test('is refused for another action', async () => {
    const call = ada.call();
    const account = { bankCode: '058', accountNumber: nextAccountNumber() };
    const approval = await signAction(core, ada, call, { action: 'wallet.addPayoutAccount', ...account });
    const asked = { amountMinor: amount, currency: 'NGN', payoutAccountId: ada.payoutAccountId } as const;
    await expectRefused(call, { ...asked, approval });
    expect((await refusalOf(addPayoutAccount(core, call, { ...account, approval }))).code).toBe(
      'SIGNATURE_REFUSED',
    );
  });

  test.each([
    ['signature', 20],
    ['authenticatorData', 0],
    ['authenticatorData', 32],
    ['clientDataJSON', 40],
  ] as const)('is refused with a byte of its %s turned over', async (member, at) => {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, amount);
    const { response } = input.approval;
    const altered = { ...response.response, [member]: flip(response.response[member], at) };
    const approval = { ...input.approval, response: { ...response, response: altered } };
    await expectRefused(call, { ...input, approval });
    await expectRefused(ada.call(), input);
  });

  test.each([
    ['without the person’s gesture', { isUserVerified: false }],
    ['at another site', { origin: 'https://evil.example' }],
    ['inside another site’s frame', { crossOrigin: true }],
    ['over another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['as a registration', { type: 'webauthn.create' }],
    ['under another person’s handle', { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('made %s is refused', async (_name, deviations) => {
    const call = ada.call();
    const asked = { amountMinor: amount, currency: 'NGN', payoutAccountId: ada.payoutAccountId } as const;
    const approval = await signAction(core, ada, call, { action: 'wallet.withdraw', ...asked }, deviations);
    await expectRefused(call, { ...asked, approval });
  });

  test('with the counter of an earlier signature is refused', async () => {
    const funke = await makePayoutPerson(core, 'demo_funke', { fundsMinor: funds, hasCounter: true });
    const [first, second] = [funke.call(), funke.call()];
    const older = await signWithdrawal(core, funke, first, amount);
    const newer = await signWithdrawal(core, funke, second, amount);
    await withdraw(core, second, newer);
    expect((await refusalOf(withdraw(core, first, older))).code).toBe('SIGNATURE_REFUSED');
    expect(await availableOf(database.db, funke.userId)).toBe(funds - amount);
  });

  test('with one counter ten times at once is taken once', async () => {
    const hauwa = await makePayoutPerson(core, 'demo_hauwa', { fundsMinor: funds, hasCounter: true });
    const asked = { amountMinor: 100_00n, currency: 'NGN', payoutAccountId: hauwa.payoutAccountId } as const;
    const calls = Array.from({ length: 10 }, () => hauwa.call());
    const approvals = await Promise.all(
      calls.map((call) =>
        signAction(core, hauwa, call, { action: 'wallet.withdraw', ...asked }, { counter: 50 }),
      ),
    );
    const codes = await codesOf(
      calls.flatMap((call, index) => {
        const approval = approvals[index];
        return approval === undefined ? [] : [withdraw(core, call, { ...asked, approval })];
      }),
    );
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'SIGNATURE_REFUSED')).toHaveLength(9);
    expect(await availableOf(database.db, hauwa.userId)).toBe(funds - 100_00n);
  });

  test('sent fifty times at once under fifty keys is taken once, and only under the key that was signed', async () => {
    const garba = await makePayoutPerson(core, 'demo_garba', { fundsMinor: funds });
    const call = garba.call();
    const input = await signWithdrawal(core, garba, call, amount);
    const calls = [call, ...Array.from({ length: 49 }, () => garba.call())];
    const codes = await codesOf(calls.map((each) => withdraw(core, each, input)));
    expect(codes.filter((code) => code === null).length).toBeLessThanOrEqual(1);
    expect(codes.filter((code) => code !== null && code !== 'SIGNATURE_REFUSED')).toEqual([]);
    const taken = codes[0] === null ? amount : 0n;
    expect(await availableOf(database.db, garba.userId)).toBe(funds - taken);
  });

  test('that is refused for another reason spends the signature and moves nothing', async () => {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, 4_000_000_00n);
    const before = await availableOf(database.db, ada.userId);
    expect((await refusalOf(withdraw(core, call, input))).code).toBe('FUNDS_INSUFFICIENT');
    expect(await stateOf(input.approval)).toBe('accepted');
    expect(await availableOf(database.db, ada.userId)).toBe(before);
    expect((await refusalOf(withdraw(core, call, input))).code).toBe('FUNDS_INSUFFICIENT');
  });
});

async function secondSession(): Promise<string> {
  const nobody: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };
  const begun = await beginSignIn(core, nobody, { handle: 'demo_ada' });
  const response = await ada.authenticator.get(begun.options);
  const given = {
    ceremony: begun.ceremony,
    response,
    deviceId: 'demo-device-9876543210',
    userAgent: 'test',
    networkAddress: '203.0.113.7',
  };
  return (await finishSignIn(core, nobody, given)).tokens.sessionId;
}

/** What only the owner of the database can do, and only after he has taken its guard away. */
async function tamper(change: (owner: TestDatabase['owner']) => Promise<unknown>): Promise<void> {
  const { owner } = database;
  await sql`alter table approvals disable trigger approvals_are_tried_once`.execute(owner);
  await change(owner);
  await sql`alter table approvals enable trigger approvals_are_tried_once`.execute(owner);
}

describe('the proof of an approval', () => {
  async function accepted(): Promise<string> {
    const call = ada.call();
    const input = await signWithdrawal(core, ada, call, 100_00n);
    await withdraw(core, call, input);
    return input.approval.approvalId;
  }
  const prove = async (approvalId: string) => {
    const proof = await verifyApproval(core, approvalId);
    return proof.isProven ? 'proven' : proof.reason;
  };

  test.each([
    ['signature', 'the signature does not verify'],
    ['client_data_json', /./],
    ['authenticator_data', /./],
    ['public_key', /./],
    ['challenge', 'the challenge is not of this document'],
    ['document_sealed', 'the document was altered'],
  ])('fails when its %s was altered in the database', async (column, reason) => {
    const approvalId = await accepted();
    expect(await prove(approvalId)).toBe('proven');
    const last = sql.ref(column);
    const turn = (db: TestDatabase['owner']) =>
      sql`update approvals set ${last} = set_byte(${last}, octet_length(${last}) - 1,
        get_byte(${last}, octet_length(${last}) - 1) # 1) where id = ${approvalId}`.execute(db);
    await tamper(turn);
    expect(await prove(approvalId)).toMatch(reason);
    await tamper(turn);
    expect(await prove(approvalId)).toBe('proven');
  });

  test('fails for one that was refused, that is open, or that does not exist', async () => {
    const open = await signAction(core, ada, ada.call(), {
      action: 'wallet.addPayoutAccount',
      bankCode: '058',
      accountNumber: nextAccountNumber(),
    });
    expect(await prove(open.approvalId)).toBe('nothing was signed');
    expect(await prove('00000000-0000-7000-8000-000000000000')).toBe('there is no such approval');
  });

  test('fails where the document of one approval is put in the place of another', async () => {
    const [first, second] = [await accepted(), await accepted()];
    const { rows } = await sql<{ document_sealed: Buffer }>`
      select document_sealed from approvals where id = ${first}`.execute(database.db);
    const other = rows[0]?.document_sealed;
    await tamper((owner) =>
      sql`update approvals set document_sealed = ${other} where id = ${second}`.execute(owner),
    );
    expect(await prove(second)).toBe('the document was altered');
  });

  test('the application itself can change neither what was signed nor take it away', async () => {
    const approvalId = await accepted();
    const change = sql`update approvals set challenge = nonce where id = ${approvalId}`.execute(database.db);
    await expect(change).rejects.toThrow(/permission denied/);
    const removal = sql`delete from approvals where id = ${approvalId}`.execute(database.db);
    await expect(removal).rejects.toThrow(/kept as it was written/);
    const retry = sql`update approvals set signature = nonce where id = ${approvalId}`.execute(database.db);
    await expect(retry).rejects.toThrow(/kept as it was written/);
  });

  test.each([
    'update approvals set signature = nonce',
    'update approvals set consumed_at = created_at',
    'delete from approvals',
    'truncate approvals cascade',
  ])('not even the owner may: %s', async (statement) => {
    await accepted();
    await expect(sql.raw(statement).execute(database.owner)).rejects.toThrow(/kept as it was written/);
  });
});
