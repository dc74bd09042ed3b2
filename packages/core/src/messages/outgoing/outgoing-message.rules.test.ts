import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import type { Delivery } from '../ports/message-port.ts';
import { decideClaim, decideDelivery, type OutgoingMessage } from './outgoing-message.rules.ts';

const now = new Date('2026-01-01T12:00:00Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1000);
const { messages: policy } = defaultPolicy;

const queued: OutgoingMessage = {
  id: 'message',
  userId: 'person',
  channel: 'phone',
  kind: 'verify_phone',
  state: 'queued',
  contentSealed: Buffer.from('sealed'),
  createdAt: seconds(-60),
  expiresAt: seconds(240),
  nextAttemptAt: now,
  attempts: 0,
  leasedUntil: null,
  provider: null,
  providerMessageId: null,
  reason: null,
  endedAt: null,
};

describe('the clock', () => {
  test.each([
    [0, 5],
    [1, 15],
    [2, 60],
    [3, 240],
    [9, 240],
  ])('makes an attempt after %i others, and the next in %i s at the latest at its end', (attempts, next) => {
    expect(decideClaim({ ...queued, attempts }, now, policy)).toEqual({
      ...queued,
      attempts: attempts + 1,
      nextAttemptAt: seconds(next),
      leasedUntil: seconds(30),
    });
  });

  test.each<[string, Partial<OutgoingMessage>]>([
    ['before its time', { nextAttemptAt: seconds(0.001) }],
    ['while somebody else sends it', { leasedUntil: seconds(0.001) }],
    ['once it has ended', { state: 'sent', nextAttemptAt: null, contentSealed: null, endedAt: now }],
  ])('makes none %s', (_, changed) => {
    expect(decideClaim({ ...queued, ...changed }, now, policy)).toBeNull();
  });

  test.each<[string, Partial<OutgoingMessage>]>([
    ['an attempt is due', {}],
    ['somebody seems to send it', { leasedUntil: seconds(20) }],
  ])('ends it at its end although %s, and nothing is left of what it said', (_, changed) => {
    const message = { ...queued, ...changed, expiresAt: now };
    expect(decideClaim(message, now, policy)).toMatchObject({
      state: 'expired',
      contentSealed: null,
      nextAttemptAt: null,
      leasedUntil: null,
      endedAt: now,
    });
  });
});

describe('an attempt', () => {
  const tried = { ...queued, attempts: 2, nextAttemptAt: seconds(15), leasedUntil: seconds(30) };
  const decide = (delivery: Delivery, changed: Partial<OutgoingMessage> = {}) =>
    decideDelivery({ ...tried, ...changed }, 2, delivery, 'termii', now);

  test('that is taken ends it, and what it said is wiped', () => {
    expect(decide({ outcome: 'sent', providerMessageId: 'a1' }, { reason: 'timeout' })).toEqual({
      ...tried,
      state: 'sent',
      contentSealed: null,
      nextAttemptAt: null,
      leasedUntil: null,
      provider: 'termii',
      providerMessageId: 'a1',
      reason: null,
      endedAt: now,
    });
  });

  test('that is refused ends it with the reason', () => {
    expect(decide({ outcome: 'refused', reason: 'status_403' })).toMatchObject({
      state: 'failed',
      contentSealed: null,
      reason: 'status_403',
    });
  });

  test('that is not answered leaves it to the next', () => {
    expect(decide({ outcome: 'unanswered', reason: 'timeout' })).toEqual({
      ...tried,
      leasedUntil: null,
      reason: 'timeout',
    });
  });

  test.each<[string, Partial<OutgoingMessage>]>([
    ['a later attempt is under way', { attempts: 3 }],
    ['it has ended', { state: 'expired' }],
  ])('changes nothing once %s', (_, changed) => {
    expect(decide({ outcome: 'sent', providerMessageId: null }, changed)).toBeNull();
  });
});
