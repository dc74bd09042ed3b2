import { type ErrorCode, type ErrorDetails, errors, type WireRefusal } from '@errand-dash/contract';

/** A rule's answer that something may not be done: the code and its details, as the caller will see them. */
export type Refusal = WireRefusal & { readonly isRefusal: true };

/** What a rule answers: what to do, or why not. */
export type Decision<T> = T | Refusal;

/** Makes a refusal. Rules return it; only the shell throws. */
export function refuse<C extends ErrorCode>(code: C, details: ErrorDetails<C>): Refusal {
  // The pair is right by the parameters' types; TypeScript cannot carry that through the union.
  return { isRefusal: true, code, details } as Refusal;
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'isRefusal' in value && value.isRefusal === true;
}

/** A refusal on its way out of a command. Thrown by {@link orThrow} alone, so that the transaction rolls back. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(errors[refusal.code].message);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

/** The single bridge from rules, which return, to the shell, which throws. */
export function orThrow<D>(decision: D): Exclude<D, Refusal> {
  if (isRefusal(decision)) throw new Refused(decision);
  return decision as Exclude<D, Refusal>;
}
