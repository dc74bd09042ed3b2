import { describe, expect, test } from 'vitest';
import { type Decision, isRefusal } from '../refusal.ts';
import {
  decideAssign,
  decideHold,
  decideRefund,
  decideRelease,
  decideReleasePart,
  decideSplit,
  decideUnassign,
  type Escrow,
  type EscrowStep,
  heldMinorOf,
} from './escrow.rules.ts';

const now = new Date('2026-03-02T12:00:00Z');
const later = new Date('2026-03-02T18:00:00Z');
const cause = { type: 'errand', id: 'errand-1' } as const;
const held: Escrow = {
  ...decideHold(
    { escrowId: 'escrow-1', currency: 'NGN', amountMinor: 1_050_000n, payerId: 'ada', cause },
    now,
  ).escrow,
  payeeId: 'bayo',
};

/** Who gets what of a step, by the owner and the purpose of the account. */
function legsOf(decision: Decision<EscrowStep>): Record<string, bigint> {
  if (isRefusal(decision)) throw new Error(decision.code);
  const { transfers } = decision.movement;
  expect(transfers.every(({ debit }) => debit.purpose === 'held' && debit.ownerId === 'escrow-1')).toBe(true);
  return Object.fromEntries(
    transfers.map(({ credit, amountMinor }) => [`${credit.purpose} ${credit.ownerId}`, amountMinor]),
  );
}
const codeOf = (decision: Decision<unknown>) => (isRefusal(decision) ? decision.code : 'allowed');

test('a hold takes the money out of the wallet', () => {
  const step = decideHold(
    { escrowId: 'escrow-1', currency: 'NGN', amountMinor: 700n, payerId: 'ada', cause },
    now,
  );
  expect(step.movement).toEqual({
    kind: 'escrow.hold',
    cause,
    transfers: [
      {
        debit: { purpose: 'available', ownerId: 'ada', currency: 'NGN' },
        credit: { purpose: 'held', ownerId: 'escrow-1', currency: 'NGN' },
        amountMinor: 700n,
      },
    ],
  });
  expect(step.escrow).toMatchObject({ state: 'held', payeeId: null, createdAt: now, endedAt: null });
  expect(step.event).toMatchObject({ name: 'escrow.held', audience: ['ada'], data: { amountMinor: 700 } });
  expect(heldMinorOf(step.escrow)).toBe(700n);
});

describe('at its end the parts add up to the whole', () => {
  test.each([
    { payeeMinor: 925_000n, payerMinor: 80_000n, feeMinor: 45_000n },
    { payeeMinor: 1_050_000n, payerMinor: 0n, feeMinor: 0n },
    { payeeMinor: 0n, payerMinor: 1_049_999n, feeMinor: 1n },
  ])(
    'released: $payeeMinor, $payerMinor, and the fee takes $feeMinor',
    ({ payeeMinor, payerMinor, feeMinor }) => {
      expect(legsOf(decideRelease(held, 'payer', { payeeMinor, payerMinor }, later))).toEqual({
        'available bayo': payeeMinor,
        'available ada': payerMinor,
        'fees null': feeMinor,
      });
    },
  );
  test.each([1n, 225_000n, 1_050_000n])('split: %d to the payee, the rest to the payer', (payeeMinor) => {
    expect(legsOf(decideSplit(held, 'payer', { payeeMinor }, later))).toEqual({
      'available bayo': payeeMinor,
      'available ada': 1_050_000n - payeeMinor,
      'fees null': 0n,
    });
  });
  test('refunded: everything to the payer, with and without a payee', () => {
    const everything = { 'available ada': 1_050_000n, 'fees null': 0n };
    expect(legsOf(decideRefund(held, 'clock', later))).toEqual({ 'available bayo': 0n, ...everything });
    expect(legsOf(decideRefund({ ...held, payeeId: null }, 'clock', later))).toEqual(everything);
  });
});

test('an end is told to both parties with the amounts', () => {
  const step = decideRelease(held, 'payer', { payeeMinor: 900n, payerMinor: 1_049_000n }, later);
  expect(step).toMatchObject({
    escrow: { state: 'released', endedAt: later },
    event: {
      name: 'escrow.released',
      subject: { type: 'escrow', id: 'escrow-1' },
      audience: ['ada', 'bayo'],
      data: { cause, currency: 'NGN', payeeMinor: 900, payerMinor: 1_049_000, feeMinor: 100 },
    },
  });
});

test.each(['released', 'refunded', 'split'] as const)('what is %s cannot end again', (state) => {
  const ended: Escrow = { ...held, state, endedAt: now };
  expect(codeOf(decideRelease(ended, 'payer', { payeeMinor: 1n, payerMinor: 0n }, later))).toBe(
    'TRANSITION_REFUSED',
  );
  expect(codeOf(decideRefund(ended, 'clock', later))).toBe('TRANSITION_REFUSED');
  expect(codeOf(decideSplit(ended, 'payer', { payeeMinor: 1n }, later))).toBe('TRANSITION_REFUSED');
  expect(heldMinorOf(ended)).toBe(0n);
});

test('the payee cannot pay himself', () => {
  expect(codeOf(decideRelease(held, 'payee', { payeeMinor: 1n, payerMinor: 0n }, later))).toBe(
    'TRANSITION_REFUSED',
  );
  expect(codeOf(decideSplit(held, 'payee', { payeeMinor: 1n }, later))).toBe('TRANSITION_REFUSED');
});

test('nobody is paid while no payee is named', () => {
  const unassigned: Escrow = { ...held, payeeId: null };
  expect(decideRelease(unassigned, 'payer', { payeeMinor: 1n, payerMinor: 0n }, later)).toMatchObject({
    code: 'TRANSITION_REFUSED',
    details: {
      subject: 'escrow',
      state: 'held',
      event: 'release',
      allowed: ['releasePart', 'refund', 'split'],
    },
  });
  expect(codeOf(decideSplit(unassigned, 'payer', { payeeMinor: 1n }, later))).toBe('TRANSITION_REFUSED');
});

test('one payee at a time is named', () => {
  const unassigned: Escrow = { ...held, payeeId: null };
  expect(decideAssign(unassigned, 'bayo')).toEqual(held);
  expect(codeOf(decideAssign(held, 'chidi'))).toBe('TRANSITION_REFUSED');
  expect(decideUnassign(held, 'clock')).toEqual(unassigned);
  expect(codeOf(decideUnassign(held, 'payer'))).toBe('TRANSITION_REFUSED');
});

describe('a part', () => {
  const part = { payeeMinor: 300_000n, feeMinor: 50_000n };
  const parted = decideReleasePart(held, 'payer', part);
  const rest: Escrow = isRefusal(parted) ? held : parted.escrow;

  test('goes to the payee and the platform, and the rest stays held', () => {
    expect(legsOf(parted)).toEqual({ 'available bayo': 300_000n, 'fees null': 50_000n });
    expect(rest).toMatchObject({ state: 'held', partsReleasedMinor: 350_000n, endedAt: null });
    expect(heldMinorOf(rest)).toBe(700_000n);
    expect(parted).toMatchObject({
      movement: { kind: 'escrow.release_part' },
      event: {
        name: 'escrow.part_released',
        data: { payeeMinor: 300_000, feeMinor: 50_000, restMinor: 700_000 },
      },
    });
  });

  test('leaves its rest to every end', () => {
    const release = decideRelease(rest, 'payer', { payeeMinor: 500_000n, payerMinor: 100_000n }, later);
    const shared = { 'available bayo': 500_000n, 'available ada': 100_000n, 'fees null': 100_000n };
    expect(legsOf(release)).toEqual(shared);
    const all = { 'available bayo': 0n, 'available ada': 700_000n, 'fees null': 0n };
    expect(legsOf(decideRefund(rest, 'clock', later))).toEqual(all);
    const split = legsOf(decideSplit(rest, 'payer', { payeeMinor: 250_000n }, later));
    expect(split).toEqual({ 'available bayo': 250_000n, 'available ada': 450_000n, 'fees null': 0n });
  });

  test.each([
    ['all of the rest', { payeeMinor: 700_000n, feeMinor: 0n }, 'AMOUNT_TOO_LARGE'],
    ['more with its fee', { payeeMinor: 699_999n, feeMinor: 2n }, 'AMOUNT_TOO_LARGE'],
    ['nothing', { payeeMinor: 0n, feeMinor: 0n }, 'AMOUNT_TOO_SMALL'],
    ['a fee alone', { payeeMinor: 0n, feeMinor: 5n }, 'AMOUNT_TOO_SMALL'],
    ['a fee below zero', { payeeMinor: 10n, feeMinor: -5n }, 'AMOUNT_TOO_SMALL'],
    ['all but one', { payeeMinor: 699_999n, feeMinor: 0n }, 'allowed'],
  ])('that is %s', (_name, given, code) => {
    expect(codeOf(decideReleasePart(rest, 'payer', given))).toBe(code);
  });

  test('is paid to somebody, by the payer, while money is held', () => {
    expect(codeOf(decideReleasePart({ ...held, payeeId: null }, 'payer', part))).toBe('TRANSITION_REFUSED');
    for (const actor of ['payee', 'clock'] as const) {
      expect(codeOf(decideReleasePart(held, actor, part))).toBe('TRANSITION_REFUSED');
    }
    expect(codeOf(decideReleasePart({ ...held, state: 'released' }, 'payer', part))).toBe(
      'TRANSITION_REFUSED',
    );
  });

  test('keeps its payee named', () => {
    expect(codeOf(decideUnassign(rest, 'clock'))).toBe('TRANSITION_REFUSED');
  });

  test('makes an end of more than the rest refused', () => {
    const tooMuch = { payeeMinor: 700_001n, payerMinor: 0n };
    expect(codeOf(decideRelease(rest, 'payer', tooMuch, later))).toBe('AMOUNT_TOO_LARGE');
    expect(codeOf(decideSplit(rest, 'payer', tooMuch, later))).toBe('AMOUNT_TOO_LARGE');
  });
});
