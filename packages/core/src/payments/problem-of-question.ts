import type { PaystackProblem } from '@errand-dash/paystack';
import type { Core } from '../core.ts';

/** What a question to the provider came to that was not answered with its object. */
export type QuestionProblem =
  /** The provider does not know it, or not yet: soon after it was sent it may still be looking at it. */
  | { outcome: 'notFound' }
  /** Nothing certain came back: ask again, not before this time where it was given. */
  | { outcome: 'unanswered'; retryAfterSeconds: number | null };

/** Whether the provider does not know the object, or has told nothing. Logs what somebody should look at. */
export function problemOfQuestion(
  core: Pick<Core, 'log'>,
  problem: PaystackProblem,
  { noun, ...about }: { noun: 'payment' | 'transfer' } & Record<string, string>,
): QuestionProblem {
  const fields = { ...about, outcome: problem.outcome };
  switch (problem.outcome) {
    case 'notFound':
      return { outcome: 'notFound' };
    case 'limited':
      return { outcome: 'unanswered', retryAfterSeconds: problem.retryAfterSeconds };
    case 'unauthorized':
      core.log('error', 'the provider does not accept our key', fields);
      return { outcome: 'unanswered', retryAfterSeconds: null };
    case 'refused':
      core.log('error', `the provider refused to tell of a ${noun}`, { ...fields, code: problem.code });
      return { outcome: 'unanswered', retryAfterSeconds: null };
    case 'unknown':
      core.log('warn', 'the provider gave no answer', { ...fields, reason: problem.reason });
      return { outcome: 'unanswered', retryAfterSeconds: null };
  }
}
