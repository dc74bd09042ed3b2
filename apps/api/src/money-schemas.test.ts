import { errors } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appRouter } from './app-router.ts';
import { itemOf } from './stream-of.ts';

type Procedure = { _def: { type: string; inputs: unknown[]; output?: unknown } };
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>);

interface Member {
  place: string;
  name: string;
  schema: z.ZodType;
}

/** Every member of every object in a schema, by its own name, without what only says that it may be absent. */
function membersOf(schema: unknown, place: string): Member[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, member]) => [
      { place: `${place}.${name}`, name, schema: bare(member as z.ZodType) },
      ...membersOf(member, `${place}.${name}`),
    ]);
  }
  if (schema instanceof z.ZodArray) return membersOf(schema.element, `${place}[]`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => membersOf(option, place));
  if (schema instanceof z.ZodPipe) return [...membersOf(schema.in, place), ...membersOf(schema.out, place)];
  return isWrapper(schema) ? membersOf(schema.unwrap(), place) : [];
}

const bare = (schema: z.ZodType): z.ZodType =>
  isWrapper(schema) ? bare(schema.unwrap() as z.ZodType) : schema;

const isWrapper = (schema: unknown) =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault;

const moneyWords =
  /amount|price|fee|cost|reward|budget|balance|total|paid|spent|commission|money|limit.*minor/i;
const notWhole = [0.1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e30, '100', 5n, true];

/** What is wrong with the members that are money, or are called like it. `handed` is what core is to get of 5. */
function moneyProblems(members: readonly Member[], handed: 'bigint' | 'number'): string[] {
  return members.flatMap(({ place, name, schema }) => {
    if (!name.endsWith('Minor')) {
      const isFraction = moneyWords.test(name) && schema.safeParse(0.5).success;
      return isFraction ? [`${place} takes a fraction`] : [];
    }
    const taken = schema.safeParse(5);
    return [
      ...(taken.success ? [] : [`${place} takes no 5`]),
      ...(taken.success && typeof taken.data !== handed ? [`${place} hands on no ${handed}`] : []),
      ...notWhole
        .filter((value) => schema.safeParse(value).success)
        .map((value) => `${place} takes ${typeof value} ${String(value)}`),
    ];
  });
}

const inputs = procedures.flatMap(([path, { _def }]) => membersOf(_def.inputs[0], path));
const outputs = procedures.flatMap(([path, { _def }]) =>
  membersOf(_def.type === 'subscription' ? itemOf(_def.output) : _def.output, path),
);
const details = Object.entries(errors).flatMap(([code, error]) => membersOf(error.details, code));

describe('money on the wire', () => {
  test('comes in as an integer of minor units, which core gets as a bigint', () => {
    expect(moneyProblems(inputs, 'bigint')).toEqual([]);
    expect(inputs.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['wallet.startTopUp.amountMinor', 'approvals.begin.amountMinor']),
    );
  });

  test('goes out as an integer of minor units, in answers and in refusals', () => {
    expect(moneyProblems([...outputs, ...details], 'number')).toEqual([]);
    expect([...outputs, ...details].map(({ place }) => place)).toEqual(
      expect.arrayContaining([
        'wallet.balances.balances[].availableMinor',
        'wallet.statement.lines[].balanceMinor',
        'FUNDS_INSUFFICIENT.missingMinor',
      ]),
    );
  });

  test('is above zero or zero where it comes in', () => {
    const amounts = inputs.filter(({ name }) => name.endsWith('Minor'));
    expect(amounts.length).toBeGreaterThan(4);
    for (const { place, schema } of amounts) expect(schema.safeParse(-1).success, place).toBe(false);
  });

  test.each([
    ['a float', z.strictObject({ feeMinor: z.number() })],
    ['a text', z.strictObject({ feeMinor: z.union([z.int(), z.string()]) })],
    ['a bigint', z.strictObject({ lines: z.array(z.strictObject({ feeMinor: z.bigint() })) })],
    ['an integer without a bound', z.strictObject({ feeMinor: z.number().multipleOf(1).nullable() })],
    ['a fraction under another name', z.strictObject({ priceInNaira: z.number().optional() })],
  ])('%s would be found', (_name, schema) => {
    expect(moneyProblems(membersOf(schema, 'it'), 'number')).not.toEqual([]);
  });

  test('a number that core gets would be found', () => {
    expect(moneyProblems(membersOf(z.strictObject({ feeMinor: z.int() }), 'it'), 'bigint')).toHaveLength(1);
  });
});
