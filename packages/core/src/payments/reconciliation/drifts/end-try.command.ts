import { command } from '../../../command.ts';
import { orThrow } from '../../../refusal.ts';
import { decideTransition } from '../../../state-machine.ts';
import { retryAt } from '../runs/run.rules.ts';
import { driftMachine } from './drift.machine.ts';
import type { DriftAnswer } from './drift.rules.ts';
import { CLOSED_BY_READING, closeDrift, postponeDrift } from './drift.store.ts';
import type { Drift } from './drift.ts';

export interface EndTry {
  drift: Drift;
  answer: DriftAnswer;
}

/** Closes a drift whose row has followed, by the name of the command that let it; else says when it is tried again. */
export const endTry = command('drift.endTry', async (tx, { drift, answer }: EndTry, { now, policy }) => {
  const { isFollowed, retryAfterSeconds } = answer;
  const [event, actor] = isFollowed ? (['close', 'provider'] as const) : (['retry', 'clock'] as const);
  orThrow(decideTransition(driftMachine, 'drift', drift.state, event, actor));
  if (!isFollowed) {
    const nextAttemptAt = retryAt(now, drift.attempts, retryAfterSeconds, policy.reconciliation);
    await postponeDrift(tx, drift, nextAttemptAt);
    return { result: false };
  }
  await closeDrift(tx, drift.id, { now, closedBy: drift.command ?? CLOSED_BY_READING });
  return { result: true, wake: ['settle-book-rows'] };
});
