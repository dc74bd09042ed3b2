import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhookSignature } from './verify-webhook-signature.ts';

const oldSecret = 'sk_test_demo_old';
const newSecret = 'sk_test_demo_new';
const rawBody = Buffer.from('{ "event":"charge.success",\n"data":{"amount":10000} }');
const sign = (secret: string, body: Uint8Array = rawBody) =>
  createHmac('sha512', secret).update(body).digest('hex');
const valid = sign(newSecret);

describe('a webhook signature', () => {
  it('agrees with the published vector of HMAC-SHA-512 (RFC 4231, test case 2)', () => {
    const vector = {
      rawBody: Buffer.from('what do ya want for nothing?'),
      signature:
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554' +
        '9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
      secrets: ['Jefe'],
    };
    expect(verifyWebhookSignature(vector)).toBe(true);
  });

  it('over the raw bytes is accepted, whatever their spacing', () => {
    expect(verifyWebhookSignature({ rawBody, signature: valid, secrets: [newSecret] })).toBe(true);
  });

  it('by any of several secrets is accepted, and by none other', () => {
    for (const secret of [oldSecret, newSecret]) {
      const signature = sign(secret);
      expect(verifyWebhookSignature({ rawBody, signature, secrets: [newSecret, oldSecret] })).toBe(true);
      expect(verifyWebhookSignature({ rawBody, signature, secrets: [oldSecret, newSecret] })).toBe(true);
      expect(verifyWebhookSignature({ rawBody, signature, secrets: ['sk_test_demo_third'] })).toBe(false);
    }
  });

  const refused: [string, string | undefined][] = [
    ['missing', undefined],
    ['empty', ''],
    ['one digit short', valid.slice(0, -1)],
    ['one digit long', `${valid}0`],
    ['in uppercase', valid.toUpperCase()],
    ['with a space before it', ` ${valid.slice(1)}`],
    ['with a line break after it', `${valid}\n`],
    ['with another digit', (valid[0] === '0' ? '1' : '0') + valid.slice(1)],
    ['of SHA-256', createHmac('sha256', newSecret).update(rawBody).digest('hex')],
    ['that is no hex', 'z'.repeat(128)],
    ['twice, as two joined headers', `${valid}, ${valid}`],
  ];
  it.each(refused)('%s is refused', (_name, signature) => {
    expect(verifyWebhookSignature({ rawBody, signature, secrets: [newSecret] })).toBe(false);
  });

  it('over a body with one byte altered is refused, for each byte', () => {
    for (let index = 0; index < rawBody.length; index += 1) {
      const altered = Buffer.from(rawBody);
      altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
      expect(verifyWebhookSignature({ rawBody: altered, signature: valid, secrets: [newSecret] })).toBe(
        false,
      );
    }
  });

  it('over the same JSON written canonically is refused', () => {
    const canonical = Buffer.from(JSON.stringify(JSON.parse(rawBody.toString())));
    expect(verifyWebhookSignature({ rawBody: canonical, signature: valid, secrets: [newSecret] })).toBe(
      false,
    );
  });

  it('is refused without secrets and under an empty one', () => {
    expect(verifyWebhookSignature({ rawBody, signature: valid, secrets: [] })).toBe(false);
    expect(verifyWebhookSignature({ rawBody, signature: sign(''), secrets: [''] })).toBe(false);
    expect(verifyWebhookSignature({ rawBody, signature: sign(''), secrets: ['', newSecret] })).toBe(false);
  });

  it('needs no JSON under it', () => {
    const binary = Uint8Array.from([0, 255, 128]);
    const signature = sign(newSecret, binary);
    expect(verifyWebhookSignature({ rawBody: binary, signature, secrets: [newSecret] })).toBe(true);
  });
});
