import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvalMachine } from '../../approvals/index.ts';
import type { AnyMachine } from '../../state-machine.ts';
import { payoutAccountMachine } from '../payout-accounts/payout-account.machine.ts';
import { withdrawalMachine } from './withdrawal.machine.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test.each<[string, AnyMachine]>([
  ['approvals', approvalMachine],
  ['payout_accounts', payoutAccountMachine],
  ['withdrawals', withdrawalMachine],
])('%s take the states of their machine and no other', async (table, machine) => {
  const { rows } = await sql<{ text: string }>`
    select pg_get_constraintdef(oid) as text from pg_constraint
    where conrelid = ${table}::regclass and conname = ${`${table}_state_check`}`.execute(database.db);
  const states = [...(rows[0]?.text ?? '').matchAll(/'(\w+)'/g)].map(([, state]) => state);
  expect(states.sort()).toEqual(Object.keys(machine).sort());
});

test.each([
  ['update withdrawals set amount_minor = 1'],
  ["update withdrawals set recipient_code = 'RCP_other'"],
  ["update withdrawals set reference = 'wd-another-reference'"],
  ['update withdrawals set user_id = id'],
  ["update payout_accounts set account_number_sealed = ''"],
  ["update payout_accounts set bank_code = '044'"],
  ['update payout_accounts set usable_at = created_at'],
  ["update approvals set document_sealed = ''"],
  ['update approvals set expires_at = expires_at'],
  ['delete from withdrawals'],
  ['delete from payout_accounts'],
])('the application may not %s', async (change) => {
  await expect(sql.raw(change).execute(database.db)).rejects.toThrow(/permission denied/);
});
