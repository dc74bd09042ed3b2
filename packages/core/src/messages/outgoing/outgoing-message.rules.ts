import { after } from '../../clock.ts';
import type { Policy } from '../../policy.ts';
import { isRefusal } from '../../refusal.ts';
import { decideTransition, dueEvent } from '../../state-machine.ts';
import type { Channel, Delivery } from '../ports/message-port.ts';
import { type OutgoingMessageState, outgoingMessageMachine } from './outgoing-message.machine.ts';

/** A message on its way out, as core knows it. */
export interface OutgoingMessage {
  id: string;
  userId: string;
  channel: Channel;
  /** What it is for, such as `verify_phone`. */
  kind: string;
  state: OutgoingMessageState;
  /** To whom and what, sealed; null once it has ended. */
  contentSealed: Uint8Array | null;
  createdAt: Date;
  /** From here on it is of no use. */
  expiresAt: Date;
  nextAttemptAt: Date | null;
  attempts: number;
  leasedUntil: Date | null;
  provider: string | null;
  providerMessageId: string | null;
  reason: string | null;
  endedAt: Date | null;
}

/** What the clock does with a message: one more attempt, which nobody else makes meanwhile, or its end. Null: nothing. */
export function decideClaim(
  message: OutgoingMessage,
  now: Date,
  policy: Policy['messages'],
): OutgoingMessage | null {
  const { expiresAt, attempts, leasedUntil } = message;
  // Its end first, also where an attempt is due, or was made and never told of.
  if (message.state === 'queued' && expiresAt <= now) return ended(message, 'expired', now);
  if (leasedUntil !== null && leasedUntil > now) return null;
  if (dueEvent(outgoingMessageMachine, message, now) !== 'attempt') return null;
  const { retryAfterSeconds, leaseSeconds } = policy;
  const wait = retryAfterSeconds[attempts] ?? retryAfterSeconds.at(-1) ?? 60;
  return {
    ...message,
    attempts: attempts + 1,
    nextAttemptAt: earlier(after(now, wait), expiresAt),
    leasedUntil: after(now, leaseSeconds),
  };
}

/** What an attempt came to, or null where the message has ended meanwhile or a later attempt is under way. */
export function decideDelivery(
  message: OutgoingMessage,
  attempt: number,
  delivery: Delivery,
  provider: string,
  now: Date,
): OutgoingMessage | null {
  if (message.state !== 'queued' || message.attempts !== attempt) return null;
  if (delivery.outcome === 'unanswered') return { ...message, leasedUntil: null, reason: delivery.reason };
  const event = delivery.outcome === 'sent' ? 'send' : 'fail';
  const state = decideTransition(outgoingMessageMachine, 'message', message.state, event, 'provider');
  if (isRefusal(state)) return null;
  const told =
    delivery.outcome === 'sent'
      ? { providerMessageId: delivery.providerMessageId, reason: null }
      : { reason: delivery.reason };
  return { ...ended(message, state, now), ...told, provider };
}

/** What it said is wiped: it may hold a code. */
const ended = (message: OutgoingMessage, state: OutgoingMessageState, now: Date): OutgoingMessage => ({
  ...message,
  state,
  contentSealed: null,
  nextAttemptAt: null,
  leasedUntil: null,
  endedAt: now,
});

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
