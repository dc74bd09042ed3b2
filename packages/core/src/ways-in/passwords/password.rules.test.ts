import { expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import { isRefusal } from '../../refusal.ts';
import { decidePassword, normalizePassword } from './password.rules.ts';

const decide = (typed: string) => {
  const decision = decidePassword(typed, ['ada_lovelace', 'Ada Ọbasanjọ'], defaultPolicy.waysIn);
  if (!isRefusal(decision)) return decision;
  return decision.code === 'PASSWORD_UNUSABLE' ? decision.details.reason : decision.code;
};

test.each([
  ['seven characters', 'abcdefg', 'too_short'],
  ['eight of one kind', 'abcdefgh', 'abcdefgh'],
  ['nothing', '', 'too_short'],
  ['eight digits', '93847561', '93847561'],
  ['spaces inside and around', ' a b c d ', ' a b c d '],
  ['eight emojis, each one code point', '🦀'.repeat(8), '🦀'.repeat(8)],
  ['seven emojis', '🦀'.repeat(7), 'too_short'],
  ['128 characters', 'é'.repeat(128), 'é'.repeat(128)],
  ['129 characters', 'é'.repeat(129), 'too_long'],
  ['the handle', 'ada_lovelace', 'is_name'],
  ['the handle, written otherwise', 'ADA-lovelace-2026', 'is_name'],
  ['the name', 'Ada Ọbasanjọ!', 'is_name'],
  ['the name of the house', 'ErrandDash1', 'is_name'],
  ['a phrase with the name in it', 'ada_lovelace runs far', 'ada_lovelace runs far'],
])('%s', (_name, typed, expected) => {
  expect(decide(typed)).toBe(expected);
});

test('two ways to type the same are one password, and its length is counted in that form', () => {
  expect(normalizePassword('e\u0301tudiant')).toBe(normalizePassword('\u00e9tudiant'));
  expect(normalizePassword('ﬁsh ﬁsh')).toBe('fish fish');
  expect(decide('e\u0301'.repeat(7))).toBe('too_short');
  expect(normalizePassword('Case Stays ')).toBe('Case Stays ');
});
