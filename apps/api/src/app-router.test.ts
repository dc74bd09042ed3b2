import { authenticationResponse, registrationResponse } from '@errand-dash/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appRouter } from './app-router.ts';
import { itemOf } from './stream-of.ts';

type Procedure = { _def: { type: string; inputs: unknown[]; output?: unknown } };
const procedures: [string, Procedure][] = Object.entries(
  appRouter._def.procedures as unknown as Record<string, Procedure>,
);

/** Authenticators add members of their own to these two; what is unknown is dropped there, and never handed on. */
const mayHaveMore: ReadonlySet<unknown> = new Set([
  registrationResponse,
  registrationResponse.shape.response,
  registrationResponse.shape.clientExtensionResults,
  authenticationResponse,
  authenticationResponse.shape.response,
  authenticationResponse.shape.clientExtensionResults,
]);

/** Where a schema would let an unknown member pass. */
function looseParts(schema: unknown, path: string): string[] {
  if (mayHaveMore.has(schema)) return [];
  if (schema instanceof z.ZodObject) {
    const isStrict = schema.def.catchall instanceof z.ZodNever;
    const inside = Object.entries(schema.shape).flatMap(([name, member]) =>
      looseParts(member, `${path}.${name}`),
    );
    return isStrict ? inside : [path, ...inside];
  }
  if (schema instanceof z.ZodArray) return looseParts(schema.element, `${path}[]`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => looseParts(option, path));
  if (schema instanceof z.ZodPipe) return [...looseParts(schema.in, path), ...looseParts(schema.out, path)];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return looseParts(schema.unwrap(), path);
  }
  const isOpen = schema instanceof z.ZodRecord || schema instanceof z.ZodMap || schema instanceof z.ZodAny;
  return isOpen || schema instanceof z.ZodUnknown || !(schema instanceof z.ZodType) ? [path] : [];
}

const isObject = (schema: unknown): boolean =>
  schema instanceof z.ZodObject ||
  (schema instanceof z.ZodDefault && isObject(schema.unwrap())) ||
  (schema instanceof z.ZodDiscriminatedUnion && schema.options.every(isObject));

describe.each(procedures)('%s', (path, { _def }) => {
  test('takes one strict object', () => {
    expect(_def.inputs).toHaveLength(1);
    expect(isObject(_def.inputs[0])).toBe(true);
    expect(looseParts(_def.inputs[0], 'input')).toEqual([]);
  });

  test('answers with one strict object, or with a stream of them', () => {
    const output = _def.type === 'subscription' ? itemOf(_def.output) : _def.output;
    expect(isObject(output)).toBe(true);
    expect(looseParts(output, 'output')).toEqual([]);
  });

  test('has a name of one router and one procedure', () => {
    expect(path).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
  });
});

test.each([
  ['a loose object', z.object({ a: z.string() })],
  ['a loose object inside', z.strictObject({ a: z.array(z.object({ b: z.string() }).optional()) })],
  ['a record', z.strictObject({ a: z.record(z.string(), z.string()) })],
  ['anything', z.strictObject({ a: z.unknown() })],
])('%s would be found', (_name, schema) => {
  expect(looseParts(schema, 'input')).toHaveLength(1);
});
