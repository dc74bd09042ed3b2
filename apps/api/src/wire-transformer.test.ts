import { errandItem, postErrandIn } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { wireTransformer } from './wire-transformer.ts';

const read = (text: string) => wireTransformer.input.deserialize(JSON.parse(text));

test('a member named __proto__ is an unknown field like any other, and no prototype', () => {
  const item = read('{"json":{"__proto__":{"quantity":1},"name":"tomatoes"}}');
  expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
  const { error } = errandItem.safeParse({ ...read('{"json":{"name":"tomatoes","quantity":1}}') });
  expect(error).toBeUndefined();
  const member = read('{"json":{"__proto__":{"a":1},"name":"tomatoes","quantity":1}}');
  expect(errandItem.safeParse(member).error?.issues).toMatchObject([{ code: 'unrecognized_keys' }]);
});

test('an instant arrives as one, also below others', () => {
  const input = read(
    '{"json":{"dueAt":"2026-02-02T09:00:00.000Z"},"meta":{"values":{"dueAt":["Date"]},"v":1}}',
  );
  expect(postErrandIn.shape.dueAt.parse((input as { dueAt: unknown }).dueAt)).toEqual(
    new Date('2026-02-02T09:00:00Z'),
  );
});

test.each(['__proto__', 'constructor.prototype.a', 'a.__proto__.b'])('no annotation reaches %s', (path) => {
  const text = JSON.stringify({ json: { a: {} }, meta: { values: { [path]: ['Date'] } } });
  expect(() => read(text)).toThrow();
  expect(({} as { a?: unknown }).a).toBeUndefined();
});
