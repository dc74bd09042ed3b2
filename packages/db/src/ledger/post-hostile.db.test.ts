import { type RawBuilder, sql } from 'kysely';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { accountId } from './account-id.ts';
import { checkInvariants } from './ledger-invariants.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleSet, sampleSource } from './testing/sample-sets.ts';

let database: TestDatabase;
const [low, high] = [sampleAccount(), sampleAccount()].toSorted((one, other) =>
  accountId(one) < accountId(other) ? -1 : 1,
) as [ReturnType<typeof sampleAccount>, ReturnType<typeof sampleAccount>];
beforeAll(async () => {
  database = await createTestDatabase();
  await post(database.db, [
    sampleSet([
      [sampleSource(), low, 1_000n],
      [sampleSource(), high, 1_000n],
    ]),
  ]);
});
afterAll(() => database.drop());

const twice = (text: string) => `{${text},${text}}`;
/** Two transfers of one set from the lower to the higher account, with what a caller says otherwise. */
function call(otherwise: Record<string, string>): RawBuilder<unknown> {
  const said: Record<string, string> = {
    p_account_ids: `{${accountId(low)},${accountId(high)}}`,
    p_guarded_count: '2',
    p_purposes: twice('available'),
    p_owner_ids: `{${low.ownerId},${high.ownerId}}`,
    p_currencies: twice('NGN'),
    p_transfer_ends: '{2}',
    p_run_ends: '{1}',
    p_transfer_ids: `{${v7()},${v7()}}`,
    p_debits: '{1,1}',
    p_credits: '{2,2}',
    p_amounts_minor: '{5,7}',
    p_posted_at: twice('2026-03-01'),
    p_kinds: twice('adjustment.post'),
    p_cause_types: twice('sample'),
    p_cause_ids: twice('x'),
    p_authority_kinds: twice('session'),
    p_authority_references: twice('x'),
    p_authority_details: twice('x'),
    p_provider_references: twice('NULL'),
    p_reverses_set_ids: twice('NULL'),
    ...otherwise,
  };
  const named = Object.entries(said).map(([name, value]) => sql`${sql.raw(name)} => ${value}`);
  return sql`select post_sets(${sql.join(named)}, p_counts => null)`;
}

const left = '[0:2]=';
describe('a caller who says what no set is cannot move money', () => {
  test.each<[string, Record<string, string>]>([
    ['without a run that is written', { p_run_ends: '{}' }],
    ['with the last run left open', { p_transfer_ends: '{1,2}', p_run_ends: '{1}' }],
    ['with amounts that are counted from elsewhere', { p_amounts_minor: `${left}{5,7,9}` }],
    ['with amounts in another shape', { p_amounts_minor: '{{5},{7}}' }],
    [
      'with payers that are counted from elsewhere',
      { p_debits: `${left}{1,1,2}`, p_credits: `${left}{2,2,1}` },
    ],
    ['with ids that are counted from elsewhere', { p_transfer_ids: `${left}{${v7()},${v7()},${v7()}}` }],
    ['with more amounts than transfers', { p_amounts_minor: '{5,7,9}' }],
    ['with a time for each transfer', { p_posted_at: '{2026-03-01,2026-03-02}' }],
    ['with a kind for each transfer', { p_kinds: '{adjustment.post,escrow.hold}' }],
    ['with a cause for each transfer', { p_cause_ids: '{x,y}' }],
    ['with an authority for each transfer', { p_authority_references: '{x,y}' }],
    ['with a reference on a later transfer', { p_provider_references: '{NULL,paystack:1}' }],
  ])('%s', async (_, otherwise) => {
    const before = await readBalances(database.db, [low, high]);
    await expect(call(otherwise).execute(database.db)).rejects.toMatchObject({ code: 'P0001' });
    expect(await checkInvariants(database.db)).toEqual([]);
    expect(await readBalances(database.db, [low, high])).toEqual(before);
  });

  test('while a set is posted', async () => {
    const { rows } = await call({}).execute(database.db);
    expect(rows).toEqual([{ post_sets: null }]);
    expect(await readBalances(database.db, [low, high])).toEqual([988n, 1_012n]);
    expect(await checkInvariants(database.db)).toEqual([]);
  });
});
