import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalHash, canonicalJson } from './canonical-json.ts';

describe('the vectors of RFC 8785', () => {
  test('section 3.2.2: literals, numbers and strings', () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).toBe(
      `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('section 3.2.3: members are sorted by UTF-16 code units', () => {
    const value = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
    expect(canonicalJson(value).match(/:"[^"]+"/g)).toEqual([
      ':"Carriage Return"',
      ':"One"',
      ':"Control"',
      ':"Latin Small Letter O With Diaeresis"',
      ':"Euro Sign"',
      ':"Emoji: Grinning Face"',
      ':"Hebrew Letter Dalet With Dagesh"',
    ]);
  });

  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: the number %s is %s', (ieee, text) => {
    expect(canonicalJson(Buffer.from(ieee, 'hex').readDoubleBE(0))).toBe(text);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'appendix B: %s is refused',
    (number) => {
      expect(() => canonicalJson({ number })).toThrow();
    },
  );
});

test('values of ours have one form: instants, amounts and bytes', () => {
  const value = {
    at: new Date('2026-02-03T04:05:06.007Z'),
    amountMinor: 9007199254740991n,
    bytes: Buffer.from('ÿ'),
  };
  expect(canonicalJson(value)).toBe(
    '{"amountMinor":9007199254740991,"at":"2026-02-03T04:05:06.007Z","bytes":"w78"}',
  );
});

test('the order of members does not matter, the order of a list does', () => {
  expect(canonicalHash({ a: 1, b: [1, 2] })).toEqual(canonicalHash({ b: [1, 2], a: 1 }));
  expect(canonicalHash({ b: [1, 2] })).not.toEqual(canonicalHash({ b: [2, 1] }));
});

test('a member that is undefined is as one that is not there', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }));
});

test('the hash is SHA-256 over the text as UTF-8', () => {
  expect(canonicalHash({ ö: '€' })).toEqual(createHash('sha256').update('{"ö":"€"}', 'utf8').digest());
});

test.each([9007199254740992n, -9007199254740992n])(
  'the amount %s, which JSON does not carry, is refused',
  (amount) => {
    expect(() => canonicalJson({ amount })).toThrow(RangeError);
  },
);

test('what is no JSON at all is refused', () => {
  expect(() => canonicalJson(undefined)).toThrow(TypeError);
});
