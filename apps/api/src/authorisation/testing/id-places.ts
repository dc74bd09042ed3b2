import { randomUUID } from 'node:crypto';
import { idPrefixes } from '@errand-dash/contract';
import { z } from 'zod';

const publicId = new RegExp(`^(${Object.values(idPrefixes).join('|')})_[0-9a-f-]{36}$`);
const someUuid = '018f0000-0000-7000-8000-000000000000';
const someIds = Object.values(idPrefixes).map((prefix) => `${prefix}_${someUuid}`);

/** For every place of a schema. */
const ANY = Symbol('any');

/**
 * The places of a schema that take a public id, by their paths; with a value, those that the value fills. Of a union
 * each option has its own.
 */
export const idPlaces = (schema: unknown, ...given: [value?: unknown]): string[] =>
  // An undefined value fills nothing.
  placesIn(schema, given.length === 0 ? ANY : given[0], 'input');

function placesIn(schema: unknown, value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [];
  if (schema instanceof z.ZodString) return takesAnId(schema) ? [path] : [];
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, member]) =>
      placesIn(member, memberOf(value, name), `${path}.${name}`),
    );
  }
  if (schema instanceof z.ZodArray) {
    const elements = value === ANY ? [ANY] : (value as unknown[]);
    return [...new Set(elements.flatMap((element) => placesIn(schema.element, element, `${path}[]`)))];
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option, index) =>
      value === ANY || z.safeParse(option, value).success ? placesIn(option, value, `${path}|${index}`) : [],
    );
  }
  if (schema instanceof z.ZodPipe) return placesIn(schema.in, value, path);
  if (schema instanceof z.ZodRecord) return placesIn(schema.valueType, ANY, `${path}{}`);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return placesIn(schema.unwrap(), value, path);
  }
  return [];
}

/** A text that takes an id, and not whatever is as long. */
const takesAnId = (schema: z.ZodString): boolean =>
  someIds.some(
    (id) => schema.safeParse(id).success && !schema.safeParse(id.replaceAll(/[a-z](?=.*_)/g, 'x')).success,
  );

const memberOf = (value: unknown, name: string): unknown =>
  value === ANY ? ANY : (value as Record<string, unknown>)[name];

/** The input with every id in it replaced by one of the same kind and the same instant that nobody has. */
export function withRandomIds<V>(value: V): V {
  if (typeof value === 'string') return randomIdLike(value) as V;
  if (Array.isArray(value)) return value.map(withRandomIds) as V;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withRandomIds(member)]),
  ) as V;
}

const TIME_LENGTH = '018f0000-0000-7'.length;

function randomIdLike(text: string): string {
  const prefix = publicId.exec(text)?.[1];
  if (prefix === undefined) return text;
  const uuid = text.slice(prefix.length + 1);
  return `${prefix}_${uuid.slice(0, TIME_LENGTH)}${randomUUID().slice(TIME_LENGTH)}`;
}

/** The answer without the ids that were sent in the question, so that two of them can be compared. */
export function withoutIdsOf(text: string, input: unknown): string {
  return idsIn(input).reduce((left, id) => left.replaceAll(id, 'the id'), text);
}

function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return publicId.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(idsIn);
}
