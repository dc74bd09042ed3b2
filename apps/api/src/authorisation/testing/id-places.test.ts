import { idIn } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { idPlaces, withoutIdsOf, withRandomIds } from './id-places.ts';

const base64url = (length: number) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`));
const schema = z
  .strictObject({
    errandId: idIn('errand'),
    transferIds: z.array(idIn('transfer')).optional(),
    cursor: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/)
      .optional(),
    key: base64url(43).optional(),
    how: z
      .union([
        z.strictObject({ passkeyId: idIn('passkey') }),
        z.strictObject({ name: z.string(), deviceKeyId: idIn('deviceKey').nullable() }),
      ])
      .optional(),
  })
  .default({ errandId: 'none' });
const uuid = '018f3c5a-0000-7000-8000-000000000001';

test('every id that a schema takes is found, and nothing else that would take one', () => {
  expect(idPlaces(schema)).toEqual([
    'input.errandId',
    'input.transferIds[]',
    'input.how|0.passkeyId',
    'input.how|1.deviceKeyId',
  ]);
});

test('of a value only the places count that it fills', () => {
  const errandId = `errand_${uuid}`;
  expect(idPlaces(schema, { errandId, transferIds: [] })).toEqual(['input.errandId']);
  expect(idPlaces(schema, { errandId, how: { name: 'x', deviceKeyId: `device_key_${uuid}` } })).toEqual([
    'input.errandId',
    'input.how|1.deviceKeyId',
  ]);
});

test('ids are replaced by others of their kind, and all else stays', () => {
  const at = new Date();
  const given = { id: `payout_account_${uuid}`, in: [`user_${uuid}`, 'user_1'], at, none: null };
  const random = withRandomIds(given);
  expect(random).toEqual({
    id: expect.stringMatching(/^payout_account_018f3c5a-0000-7[0-9a-f-]{21}$/),
    in: [expect.stringMatching(/^user_018f3c5a-0000-7[0-9a-f-]{21}$/), 'user_1'],
    at,
    none: null,
  });
  expect(random.id).not.toBe(given.id);
  expect(withoutIdsOf(`no ${random.id}`, random)).toBe(withoutIdsOf(`no ${given.id}`, given));
});
