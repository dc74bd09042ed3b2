import type { WebhookEvent } from '@errand-dash/paystack';
import { after } from '../../clock.ts';
import type { Policy } from '../../policy.ts';

/** Why a delivery is kept and not worked. */
export const setAsideReasons = [
  'malformed',
  'other_mode',
  'unknown_kind',
  'reference_missing',
  'reference_unknown',
  'not_confirmed',
] as const;
export type SetAsideReason = (typeof setAsideReasons)[number];

/** The events that are worked. For each there is something of ours that follows from it. */
export const workedEvents = [
  'charge.success',
  'transfer.success',
  'transfer.failed',
  'transfer.reversed',
] as const;
export type WorkedEvent = (typeof workedEvents)[number];

export const isWorkedEvent = (event: string | null): event is WorkedEvent =>
  workedEvents.some((worked) => worked === event);

/** What asking the provider about what a delivery says came to. */
export type WebhookAnswer =
  /** The provider spoke; whether it says what the delivery says. */
  | { outcome: 'answered'; isConfirmed: boolean }
  | { outcome: 'notFound' }
  | { outcome: 'unanswered'; retryAfterSeconds: number | null }
  | { outcome: 'notOurs' };

/** Whether a signed delivery is to be worked, or the first reason why not. */
export function decideReception(
  event: WebhookEvent | null,
  mode: 'test' | 'live',
): { state: 'waiting' } | { state: 'set_aside'; reason: SetAsideReason } {
  if (event === null) return { state: 'set_aside', reason: 'malformed' };
  if (event.domain !== null && event.domain !== mode) return { state: 'set_aside', reason: 'other_mode' };
  if (!isWorkedEvent(event.event)) return { state: 'set_aside', reason: 'unknown_kind' };
  if (event.reference === undefined) return { state: 'set_aside', reason: 'reference_missing' };
  return { state: 'waiting' };
}

/** What becomes of a delivery after a try. */
export type DeliveryChange =
  | { event: 'work' }
  | { event: 'retry'; nextAttemptAt: Date }
  | { event: 'setAside'; reason: SetAsideReason };

/**
 * What a try came to. What the provider does not confirm when it is asked is tried again for a while, and then set
 * aside: what it is about goes on being asked about by its own schedule. Without an answer it is tried for ever.
 */
export function decideTry(
  answer: WebhookAnswer,
  attempts: number,
  now: Date,
  { retryAfterSeconds }: Policy['webhook'],
): DeliveryChange {
  const isLast = attempts > retryAfterSeconds.length;
  const pauseSeconds = retryAfterSeconds[attempts - 1] ?? retryAfterSeconds.at(-1) ?? 3600;
  switch (answer.outcome) {
    case 'notOurs':
      return { event: 'setAside', reason: 'reference_unknown' };
    case 'answered':
      if (answer.isConfirmed) return { event: 'work' };
      break;
    case 'notFound':
      break;
    case 'unanswered': {
      const seconds = Math.max(pauseSeconds, answer.retryAfterSeconds ?? 0);
      return { event: 'retry', nextAttemptAt: after(now, seconds) };
    }
  }
  if (isLast) return { event: 'setAside', reason: 'not_confirmed' };
  return { event: 'retry', nextAttemptAt: after(now, pauseSeconds) };
}
