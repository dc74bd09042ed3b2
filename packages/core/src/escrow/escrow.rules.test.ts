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

  test('leaves its rest to every end, which gives each what he has not had of the whole', () => {
    const release = decideRelease(rest, 'payer', { payeeMinor: 850_000n, payerMinor: 100_000n }, later);
    const shared = { 'available bayo': 550_000n, 'available ada': 100_000n, 'fees null': 50_000n };
    expect(legsOf(release)).toEqual(shared);
    expect(release).toMatchObject({
      event: { data: { payeeMinor: 550_000, payerMinor: 100_000, feeMinor: 50_000 } },
    });
    const all = { 'available bayo': 0n, 'available ada': 700_000n, 'fees null': 0n };
    expect(legsOf(decideRefund(rest, 'clock', later))).toEqual(all);
    const split = legsOf(decideSplit(rest, 'payer', { payeeMinor: 550_000n }, later));
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

  test('that was more than the payee’s whole makes the platform’s smaller, and then the payer’s', () => {
    const less = decideRelease(rest, 'payer', { payeeMinor: 200_000n, payerMinor: 600_000n }, later);
    expect(legsOf(less)).toEqual({ 'available bayo': 0n, 'available ada': 600_000n, 'fees null': 100_000n });
    const none = decideRelease(rest, 'payer', { payeeMinor: 200_000n, payerMinor: 850_000n }, later);
    expect(legsOf(none)).toEqual({ 'available bayo': 0n, 'available ada': 700_000n, 'fees null': 0n });
    const split = decideSplit(rest, 'payer', { payeeMinor: 100_000n }, later);
    expect(legsOf(split)).toEqual({ 'available bayo': 0n, 'available ada': 700_000n, 'fees null': 0n });
  });

  test('leaves an end of more than the whole refused', () => {
    const tooMuch = { payeeMinor: 1_050_001n, payerMinor: 0n };
    expect(codeOf(decideRelease(rest, 'payer', tooMuch, later))).toBe('AMOUNT_TOO_LARGE');
    expect(codeOf(decideSplit(rest, 'payer', tooMuch, later))).toBe('AMOUNT_TOO_LARGE');
  });
});

describe('every sequence of parts and any end, of a small escrow', () => {
  const amountMinor = 7n;
  const small: Escrow = { ...held, amountMinor };
  const upTo = (most: bigint) => Array.from({ length: Number(most) + 1 }, (_, index) => BigInt(index));
  type Had = Record<'payee' | 'payer' | 'fee', bigint>;
  const none: Had = { payee: 0n, payer: 0n, fee: 0n };

  /** The escrow after each sequence of parts that is not refused, and what everybody has had by then. */
  function* parted(escrow: Escrow, had: Had, depth: number): Generator<{ escrow: Escrow; had: Had }> {
    yield { escrow, had };
    if (depth === 0) return;
    for (const payeeMinor of upTo(amountMinor))
      for (const feeMinor of upTo(amountMinor)) {
        const step = decideReleasePart(escrow, 'payer', { payeeMinor, feeMinor });
        if (isRefusal(step)) continue;
        yield* parted(step.escrow, addTo(had, step), depth - 1);
      }
  }

  function addTo(had: Had, step: EscrowStep): Had {
    const legs = legsOf(step);
    return {
      payee: had.payee + (legs['available bayo'] ?? 0n),
      payer: had.payer + (legs['available ada'] ?? 0n),
      fee: had.fee + (legs['fees null'] ?? 0n),
    };
  }

  /** What everybody has had in the end, which is all of it. */
  function endOf(had: Had, decision: Decision<EscrowStep>): Had {
    if (isRefusal(decision)) throw new Error(decision.code);
    const end = addTo(had, decision);
    expect(end.payee + end.payer + end.fee).toBe(amountMinor);
    expect(decision.movement.transfers.every((leg) => leg.amountMinor >= 0n)).toBe(true);
    expect(heldMinorOf(decision.escrow)).toBe(0n);
    return end;
  }

  const most = (one: bigint, other: bigint) => (one > other ? one : other);

  test('adds up to the whole, and gives each his part of it unless he had more', () => {
    let tried = 0;
    for (const { escrow, had } of parted(small, none, 3)) {
      expect(endOf(had, decideRefund(escrow, 'clock', later))).toEqual({
        ...had,
        payer: amountMinor - had.payee - had.fee,
      });
      for (const payeeMinor of upTo(amountMinor)) {
        const split = endOf(had, decideSplit(escrow, 'payer', { payeeMinor }, later));
        expect(split).toMatchObject({ fee: had.fee, payee: mostOf(payeeMinor, had) });
        for (const payerMinor of upTo(amountMinor - payeeMinor)) {
          tried += 1;
          const end = endOf(had, decideRelease(escrow, 'payer', { payeeMinor, payerMinor }, later));
          const feeMinor = amountMinor - payeeMinor - payerMinor;
          expect(end.payee).toBe(mostOf(payeeMinor, had));
          if (had.payee <= payeeMinor && had.fee <= feeMinor)
            expect(end).toEqual({ payee: payeeMinor, payer: payerMinor, fee: feeMinor });
          expect(end.fee).toBeGreaterThanOrEqual(had.fee);
        }
      }
    }
    expect(tried).toBeGreaterThan(3000);
  });

  /** His part of the whole; or what he had, if that was more; or all that the fees of parts have left. */
  const mostOf = (payeeMinor: bigint, had: Had) => {
    const left = amountMinor - had.fee;
    return most(had.payee, payeeMinor < left ? payeeMinor : left);
  };
});
