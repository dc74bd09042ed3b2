import { describe, expect, test } from 'vitest';
import { type EventName, eventCatalogue } from '../events/index.ts';
import { noticeText, type ToldEvent } from './notice-texts.ts';

/** What events of each kind hold, as far as sentences need it. */
const samples: Record<string, unknown> = {
  errand: { state: 'posted', version: 1 },
  escrow: {
    ...{ currency: 'NGN', amountMinor: 150_000, payeeMinor: 90_000, payerMinor: 50_000 },
    ...{ feeMinor: 10_000, restMinor: 50_000 },
  },
  topup: { state: 'pending', currency: 'NGN', amountMinor: 500_000 },
  withdrawal: { state: 'sent', currency: 'NGN', amountMinor: 700_000 },
  exchange_quote: { sold: 'NGN', bought: 'KWD', soldMinor: 150_000, boughtMinor: 1_234 },
  user: { role: 'runner', which: 'others', codesLeft: 9 },
  recovery: { codesVoided: 9 },
  session: { reason: 'signed_out' },
  passkey: {},
};
const general = 'There is news for you.';

const told = (name: string, given: Partial<ToldEvent> = {}): ToldEvent => ({
  name,
  actorKind: 'user',
  audience: ['first', 'second', 'third'],
  data: samples[name.split('.')[0] ?? ''],
  ...given,
});

const lines = Object.entries(eventCatalogue).flatMap(([name, roles]) =>
  roles.map((role, place) => ({
    name: name as EventName,
    role,
    recipient: ['first', 'second'][place] ?? '',
  })),
);

test.each(lines)('the $role is told of $name in a sentence', ({ name, recipient }) => {
  const text = noticeText(told(name), recipient);
  expect(text).not.toBe(general);
  expect(text).toMatch(/^[A-Z₦].*\.$/);
  expect(text).not.toMatch(/undefined|null|NaN|\[object/);
});

describe('a sentence', () => {
  test('differs by role', () => {
    expect(noticeText(told('errand.accepted'), 'first')).toBe('A runner has accepted your errand.');
    expect(noticeText(told('errand.accepted'), 'second')).toBe('You have accepted an errand.');
  });

  test('names the money', () => {
    expect(noticeText(told('escrow.released'), 'second')).toBe('You have been paid ₦900.00.');
    expect(noticeText(told('topup.succeeded'), 'first')).toBe('₦5,000.00 has been added to your wallet.');
    expect(noticeText(told('exchange_quote.exchanged'), 'first')).toBe(
      'You have exchanged ₦1,500.00 for KD 1.234.',
    );
  });

  test('says when the clock did it', () => {
    expect(noticeText(told('errand.confirmed', { actorKind: 'clock' }), 'first')).toMatch(
      /^The time to answer/,
    );
    expect(noticeText(told('errand.confirmed'), 'first')).toBe('You have confirmed the errand.');
  });

  test('of a completed errand says when it confirms itself, in the time of Lagos', () => {
    const data = { state: 'completed', version: 4, confirmsAt: '2026-03-02T23:30:59.000Z' };
    expect(noticeText(told('errand.completed', { data }), 'first')).toBe(
      'The runner says that your errand is done. Please confirm it. Without a word from you it confirms itself, and the runner is paid, on 2026-03-02 23:30 UTC.',
    );
    expect(noticeText(told('errand.completed', { data }), 'second')).toMatch(
      /Without a word from the sender .* you are paid, on 2026-03-02 23:30 UTC\.$/,
    );
    expect(noticeText(told('errand.completed'), 'first')).toBe(
      'The runner says that your errand is done. Please confirm it.',
    );
  });

  test('warns of a copied session', () => {
    const event = told('session.ended', { data: { reason: 'refresh_token_reused' } });
    expect(noticeText(event, 'first')).toMatch(/^A device was signed out for safety/);
  });

  test.each([
    [9, '9 are left.'],
    [1, '1 is left.'],
    [0, 'None is left: make new ones.'],
  ])('says of a spent recovery code that of %i', (codesLeft, left) => {
    const event = told('user.recovery_code_spent', { data: { codesLeft } });
    expect(noticeText(event, 'first')).toBe(
      `One of your recovery codes was spent to sign in. ${left} If it was not you, make new ones at once and tell us.`,
    );
  });

  test.each([
    ['an event of another version', told('errand.teleported')],
    ['a name of every object', told('constructor')],
    ['data of another form', told('escrow.released', { data: { currency: 'NGN' } })],
    ['an amount that is none', told('topup.succeeded', { data: { currency: 'NGN', amountMinor: -1 } })],
    ['no data', told('topup.succeeded', { data: null })],
  ])('is general for %s', (_name, event) => {
    expect(noticeText(event, 'first')).toBe(general);
  });

  test('is general for who has no role in the event', () => {
    expect(noticeText(told('errand.accepted'), 'third')).toBe(general);
    expect(noticeText(told('errand.accepted'), 'nobody')).toBe(general);
  });
});
