import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { serializePlain } from './serialize-plain.ts';

const instant = new Date('2026-03-02T12:00:00.000Z');

const plain: [what: string, value: object][] = [
  ['nothing', {}],
  ['an empty list', []],
  ['texts, numbers, truth values, null', { a: 'x', b: 1.5, c: true, d: null, e: [0, '', false] }],
  ['instants and bigints', { at: instant, minor: 9_007_199_254_740_993n }],
  ['undefined members', { a: undefined, b: [undefined, 1] }],
  ['nested ones', { errand: { terms: { rewardMinor: 1n }, items: [{ at: instant }, [2n]] } }],
  ['names with dots and backslashes', { 'a.b': { 'c\\d': 1n }, 'e\\.f': instant }],
  ['numbers as names', { 0: 1n, list: [1n, { 1: instant }] }],
];
test.each(plain)('%s become what superjson makes of them', (_, value) => {
  const serialized = serializePlain(value);
  const { json, meta } = superjson.serialize(value);
  expect(serialized?.json).toEqual(json);
  expect(serialized?.meta?.values).toEqual(meta?.values);
  const text = JSON.stringify(serialized);
  expect(superjson.parse(text)).toEqual(value);
});

test('what occurs twice is written out twice', () => {
  const item = { at: instant, minor: 1n };
  const value = { first: item, second: item };
  expect(superjson.deserialize(JSON.parse(JSON.stringify(serializePlain(value))))).toEqual(value);
});

describe('left to superjson:', () => {
  const endless: Record<string, unknown> = {};
  endless.itself = endless;
  const others: [what: string, value: unknown][] = [
    ['a text', 'x'],
    ['null', null],
    ['an instant', instant],
    ['an instant that is none', { at: new Date(Number.NaN) }],
    ['a number that JSON does not carry', { list: [Number.NaN] }],
    ['minus nought', { a: -0 }],
    ['a map', { map: new Map([[1, 2]]) }],
    ['an object of a class', { url: new URL('https://errand.example') }],
    ['an object without a prototype', { bare: Object.create(null) }],
    ['a function', { call: () => 1 }],
    ['a member named __proto__', JSON.parse('{ "a": { "__proto__": 1 } }')],
    ['a member without a name', { '': { a: 1n } }],
    ['what contains itself', endless],
  ];
  test.each(others)('%s', (_, value) => {
    expect(serializePlain(value)).toBeNull();
  });
});
