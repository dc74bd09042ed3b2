import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const writesTo = (table: string): [write: string, act: string][] => [
  [`delete from ${table}`, `delete on ${table}`],
  [`truncate ${table} cascade`, `truncate on ${table}`],
  [`update ${table} set id = id`, `update on ${table}`],
];

// What errands and escrows name must stay, since no foreign key keeps it.
test.each([...writesTo('users'), ...writesTo('escrows')])(
  '%s is refused, also to the owner',
  async (write, act) => {
    const refused = { code: '42501', message: `${act} is refused: it is kept as it was written` };
    await expect(sql.raw(write).execute(database.owner)).rejects.toMatchObject(refused);
    await expect(sql.raw(write).execute(database.db)).rejects.toMatchObject({ code: '42501' });
  },
);
