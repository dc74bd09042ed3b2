import { describe, expect, it } from 'vitest';
import { parseWebhookEvent, type WebhookEvent } from './parse-webhook-event.ts';

const parse = (body: unknown): WebhookEvent | null => parseWebhookEvent(Buffer.from(JSON.stringify(body)));

describe('a webhook body', () => {
  it('gives the event, the domain, the reference and the id', () => {
    const data = { id: 4_300_000_001, domain: 'test', reference: 'tu-1', amount: 100 };
    expect(parse({ event: 'charge.success', data })).toEqual({
      event: 'charge.success',
      domain: 'test',
      reference: 'tu-1',
      objectId: '4300000001',
      data,
    });
  });

  it.each([
    ['a refund', { event: 'refund.processed', data: { transaction_reference: 'tu-1', amount: '100' } }],
    ['a dispute', { event: 'charge.dispute.create', data: { transaction: { reference: 'tu-1' } } }],
  ])('of %s names the payment it is about', (_name, body) => {
    expect(parse(body)?.reference).toBe('tu-1');
  });

  it('takes the domain of a dispute from its transaction', () => {
    const data = { id: 7, transaction: { domain: 'live' } };
    expect(parse({ event: 'charge.dispute.create', data })?.domain).toBe('live');
  });

  it('may have an array, nothing or any other value as data', () => {
    expect(parse({ event: 'subscription.expiring_cards', data: [{ id: 1 }] })).toEqual({
      event: 'subscription.expiring_cards',
      domain: null,
      data: [{ id: 1 }],
    });
    expect(parse({ event: 'invoice.create' })).toEqual({
      event: 'invoice.create',
      domain: null,
      data: undefined,
    });
    expect(parse({ event: 'invoice.create', data: 7 })?.data).toBe(7);
  });

  it('may have an id that is text', () => {
    expect(parse({ event: 'refund.needs-attention', data: { id: '123' } })?.objectId).toBe('123');
  });

  it.each([
    ['a null byte', 'tu-\u0000'],
    ['a lone surrogate', 'tu-\ud800'],
    ['far too long', 'x'.repeat(101)],
    ['a number', 7],
  ])('drops a reference that is %s, and keeps the event', (_name, reference) => {
    const event = parse({ event: 'charge.success', data: { reference } });
    expect(event?.event).toBe('charge.success');
    expect(event).not.toHaveProperty('reference');
  });

  it('drops an id that JSON could not carry exactly', () => {
    expect(parse({ event: 'charge.success', data: { id: 2 ** 53 } })).not.toHaveProperty('objectId');
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"event":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['text', '"charge.success"'],
    ['no event', '{"data":{}}'],
    ['an event that is no text', '{"event":7}'],
    ['an empty event', '{"event":""}'],
    ['an event with a control character', '{"event":"charge\\u0000"}'],
  ])('that is or has %s is null', (_name, text) => {
    expect(parseWebhookEvent(Buffer.from(text))).toBeNull();
  });

  it('that is no UTF-8 is null', () => {
    expect(parseWebhookEvent(Uint8Array.from([0x7b, 0xff, 0x7d]))).toBeNull();
  });
});
