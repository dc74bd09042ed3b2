import { accountId, accountPurposes, movementKinds } from '@errand-dash/db';
import { describe, expect, test } from 'vitest';
import { movements } from './movements.ts';

const all = Object.entries(movements).flatMap(([kind, samples]) =>
  samples.map((sample) => ({ kind, ...sample })),
);

describe('the movements of the product', () => {
  test('are all of the kinds but those of corrections, which nothing posts yet', () => {
    const without = Object.keys(movementKinds).filter((kind) => !all.some((sample) => sample.kind === kind));
    expect(without).toEqual(['adjustment.post', 'adjustment.reverse']);
  });

  test.each(all)('$kind: $when', ({ kind, movement }) => {
    expect(movement.kind).toBe(kind);
    const legs = movement.transfers.filter(({ amountMinor }) => amountMinor !== 0n);
    expect(legs.length).toBeGreaterThan(0);
    for (const { debit, credit, amountMinor } of legs) {
      expect(amountMinor).toBeGreaterThan(0n);
      expect(debit.currency).toBe(credit.currency);
      expect(accountId(debit)).not.toBe(accountId(credit));
      for (const { purpose, ownerId } of [debit, credit]) {
        expect(ownerId !== null).toBe(accountPurposes[purpose].ownerKind !== null);
      }
    }
  });
});
