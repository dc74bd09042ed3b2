import { expect, test } from 'vitest';
import { canonicalEmail, maskEmail, normalizeEmail } from './email-address.rules.ts';

test.each([
  ['ada@demo.example', 'ada@demo.example'],
  ['  ada@demo.example ', 'ada@demo.example'],
  ['Ada.Obi+errands@Demo.EXAMPLE', 'Ada.Obi+errands@demo.example'],
  ["o'neil_{x}|~@demo.example", "o'neil_{x}|~@demo.example"],
  ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
  // The same letter, composed and decomposed.
  ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
  [`${'a'.repeat(64)}@demo.example`, `${'a'.repeat(64)}@demo.example`],
])('%j is written to as %j', (email, address) => {
  expect(normalizeEmail(email)).toBe(address);
});

test.each([
  '',
  'ada',
  '@demo.example',
  'ada@',
  'ada@demo',
  'ada@@demo.example',
  'ada@demo.example@evil.example',
  '.ada@demo.example',
  'ada.@demo.example',
  'a..da@demo.example',
  '"ada obi"@demo.example',
  'ada obi@demo.example',
  'ada@demo example',
  'ada@127.0.0.1',
  'ada@[127.0.0.1]',
  'ada@2130706433',
  'ada@demo.1',
  'ada@demo.example:25',
  'ada@demo.example/x',
  'ada@demo.example?x',
  'ada@demo.example#x',
  'ada@%64emo.example',
  'ada@-demo.example',
  'ada@demo-.example',
  'ada@demo..example',
  'ada@demo.example.',
  'ada@demo.example,eve@evil.example',
  'ada,eve@demo.example',
  'ada;eve@demo.example',
  'Ada <ada@demo.example>',
  'ada@demo.example\r\nBcc: eve@evil.example',
  'ada\r\nBcc: eve@demo.example',
  'ada\u0000@demo.example',
  'adä@demo.example',
  `${'a'.repeat(65)}@demo.example`,
  `ada@${'a'.repeat(64)}.example`,
  `ada@${'a.'.repeat(130)}example`,
])('%j is no address', (email) => {
  expect(normalizeEmail(email)).toMatchObject({ code: 'EMAIL_INVALID' });
});

test('two ways to write one mailbox are found as one', () => {
  expect(canonicalEmail('Ada@demo.example')).toBe(canonicalEmail('ada@demo.example'));
  expect(canonicalEmail('ada+x@demo.example')).not.toBe(canonicalEmail('ada@demo.example'));
});

test('of an address the first character and the domain are shown', () => {
  expect(maskEmail('ada@demo.example')).toBe('a***@demo.example');
  expect(maskEmail('a@demo.example')).toBe('a***@demo.example');
});
