import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await sql`insert into users (id, handle, display_name, created_at)
    values (${userId}, 'demo_passkeys', 'Demo', now())`.execute(database.owner);
});
afterAll(() => database.drop());

const userId = '01990000-0000-7000-8000-000000000001';
const passkeyId = (number: number) =>
  `01990000-0000-7000-8000-0000000001${number.toString().padStart(2, '0')}`;

const sound = {
  credential_id: Buffer.from('demo'),
  algorithm: -7,
  counter: 0n,
  is_backup_eligible: true,
  is_backed_up: true,
};

const insert = (number: number, given: Partial<typeof sound> = {}) =>
  database.owner
    .insertInto('passkeys')
    .values({
      ...{
        id: passkeyId(number),
        user_id: userId,
        public_key: Buffer.alloc(1),
        transports: [],
        name: 'Demo',
      },
      ...{ created_at: new Date(), last_used_at: null },
      ...sound,
      credential_id: Buffer.from(`demo ${number}`),
      ...given,
    })
    .execute();

const update = (number: number, changes: Partial<typeof sound> & { name?: string; removed_at?: Date }) =>
  database.owner.updateTable('passkeys').set(changes).where('id', '=', passkeyId(number)).execute();

test.each<[string, Partial<typeof sound>]>([
  ['passkeys_credential_id', { credential_id: Buffer.alloc(0) }],
  ['passkeys_credential_id', { credential_id: Buffer.alloc(1024) }],
  ['passkeys_algorithm', { algorithm: -35 }],
  ['passkeys_counter', { counter: -1n }],
  ['passkeys_counter', { counter: 2n ** 32n }],
  ['passkeys_backup', { is_backup_eligible: false }],
])(
  'a row against %s is neither inserted nor becomes so, even by the owner: %o',
  async (constraint, broken) => {
    const refused = { code: '23514', constraint };
    await expect(insert(1, broken)).rejects.toMatchObject(refused);
    await insert(2, { credential_id: Buffer.from(JSON.stringify(Object.keys(broken)) + constraint) });
    await expect(update(2, broken)).rejects.toMatchObject(refused);
    await database.owner.deleteFrom('passkeys').where('id', '=', passkeyId(2)).execute();
  },
);

test.each<Partial<typeof sound>>([
  { credential_id: Buffer.alloc(1023) },
  { algorithm: -257 },
  { counter: 2n ** 32n - 1n },
  { is_backup_eligible: false, is_backed_up: false },
])('a row at the bounds is taken: %o', async (given) => {
  await insert(3, given);
  await update(3, { name: 'Other' });
  await database.owner.deleteFrom('passkeys').where('id', '=', passkeyId(3)).execute();
});

test('a removed passkey is neither used nor brought back nor deleted', async () => {
  await insert(4);
  await update(4, { removed_at: new Date() });
  const refused = { code: '42501', message: 'a passkey that was removed stays as it was' };
  await expect(update(4, { counter: 1n })).rejects.toMatchObject(refused);
  const broughtBack = sql`update passkeys set removed_at = null where id = ${passkeyId(4)}`;
  await expect(broughtBack.execute(database.owner)).rejects.toMatchObject(refused);
  const deleted = database.owner.deleteFrom('passkeys').where('id', '=', passkeyId(4)).execute();
  await expect(deleted).rejects.toMatchObject(refused);
});
