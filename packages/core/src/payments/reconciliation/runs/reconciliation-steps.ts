/**
 * What a run does, in this order. The book is read before the provider's lists and once more after them: what came up
 * in between is in the second reading alone, so that nothing is judged that moved while it was read.
 */
export const reconciliationSteps = {
  book: { reads: true, says: 'the provider’s balance ledger' },
  transactions: { reads: true, says: 'the provider’s payments' },
  transfers: { reads: true, says: 'the provider’s transfers' },
  book_again: { reads: true, says: 'the newest of the balance ledger once more' },
  objects: { reads: false, says: 'each payment and transfer on all three sides' },
  absences: { reads: false, says: 'what the provider confirmed and does not list' },
  chain: { reads: false, says: 'the running balance of the provider’s ledger' },
  float: { reads: false, says: 'our float beside the provider’s balance' },
  invariants: { reads: false, says: 'the rules of our own books' },
} as const satisfies Record<string, { reads: boolean; says: string }>;

export type ReconciliationStep = keyof typeof reconciliationSteps;

export const stepsInOrder = Object.keys(reconciliationSteps) as ReconciliationStep[];

/** The steps that ask the provider. */
export type ReadingStep = 'book' | 'transactions' | 'transfers' | 'book_again';
export type ComparingStep = Exclude<ReconciliationStep, ReadingStep>;

export const isReading = (step: ReconciliationStep): step is ReadingStep => reconciliationSteps[step].reads;

/** Whether a step is at its end and left nothing out. A page that was asked for in vain before it came is no matter. */
export const isWholly = (progress: {
  step: ReconciliationStep;
  doneAt: Date | null;
  problem: string | null;
}): boolean => progress.doneAt !== null && (isReading(progress.step) || progress.problem === null);
