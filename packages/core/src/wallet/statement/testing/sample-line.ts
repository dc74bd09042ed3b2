import type { StatementLine } from '../read-statement.ts';

/** A line of a statement: what a test does not care about is filled in. */
export const sampleLine = (given: Partial<StatementLine> = {}): StatementLine => ({
  id: '019a0000-0000-7000-8000-000000000001',
  setId: '019a0000-0000-7000-8000-000000000001',
  kind: 'escrow.release',
  says: 'Paid for an errand',
  cause: { type: 'errand', id: '019a0000-0000-7000-8000-0000000000e1' },
  side: 'credit',
  amountMinor: 405_000n,
  lineNumber: 7n,
  balanceMinor: 1_405_000n,
  postedAt: new Date('2026-03-01T23:30:00.000Z'),
  counterparty: {
    kind: 'person',
    userId: '019a0000-0000-7000-8000-0000000000aa',
    handle: 'demo_ada',
    displayName: 'Ada Demo',
  },
  ...given,
});
