import type { WebhookEvent } from '@errand-dash/paystack';
import { describe, expect, test } from 'vitest';
import { after } from '../../clock.ts';
import { defaultPolicy } from '../../policy.ts';
import { decideReception, decideTry, type WebhookAnswer } from './webhook-delivery.rules.ts';

const success: WebhookEvent = {
  event: 'charge.success',
  domain: 'live',
  reference: 'tu-0198c0de-0000-7000-8000-000000000001',
  data: {},
};
const { reference: _reference, ...withoutReference } = success;

describe('a delivery', () => {
  test.each<[string, WebhookEvent | null, string]>([
    ['of a success', success, 'waiting'],
    ['of a transfer that was paid', { ...success, event: 'transfer.success' }, 'waiting'],
    ['of a transfer that failed', { ...success, event: 'transfer.failed' }, 'waiting'],
    ['of a transfer that came back', { ...success, event: 'transfer.reversed' }, 'waiting'],
    ['that does not say its mode', { ...success, domain: null }, 'waiting'],
    ['of the other mode', { ...success, domain: 'test' }, 'other_mode'],
    ['of the other mode and an unknown kind', { ...success, domain: 'test', event: 'x' }, 'other_mode'],
    ['of an unknown kind', { ...success, event: 'subscription.create' }, 'unknown_kind'],
    ['without a reference', withoutReference, 'reference_missing'],
    ['that is no JSON', null, 'malformed'],
  ])('%s is %s', (_name, event, expected) => {
    const reception = decideReception(event, 'live');
    expect(reception.state === 'waiting' ? 'waiting' : reception.reason).toBe(expected);
  });
});

describe('after a try', () => {
  const now = new Date('2026-02-02T09:00:00Z');
  const policy = defaultPolicy.webhook;
  const answered = (isConfirmed: boolean): WebhookAnswer => ({ outcome: 'answered', isConfirmed });
  const silent = (retryAfterSeconds: number | null): WebhookAnswer => ({
    outcome: 'unanswered',
    retryAfterSeconds,
  });

  test.each<[string, WebhookAnswer, number, object]>([
    ['confirmed', answered(true), 1, { event: 'work' }],
    ['not confirmed', answered(false), 1, { event: 'retry', nextAttemptAt: after(now, 10) }],
    ['not confirmed twice', answered(false), 2, { event: 'retry', nextAttemptAt: after(now, 60) }],
    ['not known yet', { outcome: 'notFound' }, 5, { event: 'retry', nextAttemptAt: after(now, 3600) }],
    ['not confirmed to the end', answered(false), 6, { event: 'setAside', reason: 'not_confirmed' }],
    ['not known to the end', { outcome: 'notFound' }, 6, { event: 'setAside', reason: 'not_confirmed' }],
    ['not ours', { outcome: 'notOurs' }, 1, { event: 'setAside', reason: 'reference_unknown' }],
    ['unanswered', silent(null), 1, { event: 'retry', nextAttemptAt: after(now, 10) }],
    ['unanswered a hundred times', silent(null), 100, { event: 'retry', nextAttemptAt: after(now, 3600) }],
    ['asked too much', silent(600), 1, { event: 'retry', nextAttemptAt: after(now, 600) }],
  ])('a delivery that was %s goes on as it should', (_name, confirmation, attempts, expected) => {
    expect(decideTry(confirmation, attempts, now, policy)).toEqual(expected);
  });
});
