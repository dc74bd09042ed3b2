import { type Answer, notFound, refusal } from '../answer.ts';
import type { HttpFault } from './fault-plan.ts';

/** What is sent in the end: an answer, or a line that stays silent and is then cut. */
export type Reply = Answer | { readonly cutAfterSeconds: number };

/** The reply of a fault that strikes before any effect; null when the effect is to happen first. */
export function replyBeforeEffect(fault: HttpFault): Reply | null {
  switch (fault.kind) {
    case 'request_lost':
      return { cutAfterSeconds: fault.holdSeconds };
    case 'limited':
      return {
        ...refusal(429, fault.message, 'rate_limited', 'Wait before you try again'),
        headers: { 'retry-after': String(fault.retryAfterSeconds) },
      };
    case 'not_found':
      return notFound('Entity not found');
    case 'balance_low':
      return balanceInsufficient();
    case 'server_error':
    case 'html_body':
    case 'empty_body':
      return fault.when === 'before_effect' ? spoil(fault) : null;
    default:
      return null;
  }
}

/** What becomes of the answer once the effect has happened. */
export function replyAfterEffect(fault: HttpFault, answer: Answer): Reply {
  switch (fault.kind) {
    case 'reply_lost':
      return { cutAfterSeconds: fault.holdSeconds };
    case 'server_error':
    case 'html_body':
    case 'empty_body':
      return spoil(fault);
    case 'wrong_types':
      return { ...answer, body: withWrongTypes(answer.body) };
    default:
      return answer;
  }
}

/** The text is the documented one; Paystack's documents give no code for it. */
export function balanceInsufficient(): Answer {
  return refusal(
    400,
    'Your balance is not enough to fulfil this request',
    'insufficient_balance',
    'Top up your balance and try again',
  );
}

function spoil(fault: Extract<HttpFault, { kind: 'server_error' | 'html_body' | 'empty_body' }>): Answer {
  switch (fault.kind) {
    case 'server_error':
      return refusal(fault.status, 'An error occurred', 'api_error', 'Try again later');
    case 'html_body':
      return { status: fault.status, body: '<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>' };
    case 'empty_body':
      return { status: 200, body: '' };
  }
}

/** The envelope's own `status` and `message` stay, so that only a check of each field finds it out. */
function withWrongTypes(body: object | string): object | string {
  if (typeof body === 'string') {
    return body;
  }
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      name === 'status' || name === 'message' ? value : swapTypes(value),
    ]),
  );
}

function swapTypes(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(swapTypes);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, swapTypes(inner)]));
  }
  if (typeof value === 'number') {
    return String(value);
  }
  return typeof value === 'string' ? value.length : value;
}
