import { expect, test } from 'vitest';
import { maskPhone, normalizePhone } from './phone-number.rules.ts';

test.each([
  ['0803 123 4567', '+2348031234567'],
  ['08031234567', '+2348031234567'],
  ['234 803 123 4567', '+2348031234567'],
  ['+234 (0) 803-123-4567', '+2348031234567'],
  ['+447911123456', '+447911123456'],
  ['+1 415 555 2671', '+14155552671'],
])('%s is %s', (phone, normal) => {
  expect(normalizePhone(phone)).toBe(normal);
});

test.each([
  '12345',
  '+18005551234',
  '0700',
  'call me on 08031234567',
  '+999123456789',
  '',
  '+2348031234567 ext. 5',
])('%j cannot receive a message', (phone) => {
  expect(normalizePhone(phone)).toMatchObject({ code: 'PHONE_INVALID' });
});

test('of a phone only the last two digits are shown', () => {
  expect(maskPhone('+2348031234567')).toBe('+***********67');
});
