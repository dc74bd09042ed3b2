import { createHash, createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeRefreshToken, readRefreshToken, successorOf } from './refresh-token.ts';

const key = Buffer.alloc(32, 1);
const sessionId = '018f3c5a-0000-7000-8000-000000000001';

test('a token is 256 random bits, known by its SHA-256 alone', () => {
  const token = makeRefreshToken(randomBytes);
  expect(token.bytes).toHaveLength(32);
  expect(token.hash).toEqual(createHash('sha256').update(token.bytes).digest());
  expect(readRefreshToken(token.text)).toEqual(token);
  expect(makeRefreshToken(randomBytes).text).not.toBe(token.text);
});

test('a successor is HMAC-SHA-256 of the spent token, the session and the number', () => {
  const spent = makeRefreshToken(randomBytes);
  const data = Buffer.concat([
    spent.bytes,
    Buffer.from(sessionId.replaceAll('-', ''), 'hex'),
    Buffer.from('0000000000000002', 'hex'),
  ]);
  const successor = successorOf(key, spent, sessionId, 2);
  expect(successor.bytes).toEqual(createHmac('sha256', key).update(data).digest());
  expect(successorOf(key, spent, sessionId, 2)).toEqual(successor);
  expect(successorOf(key, spent, sessionId, 3).text).not.toBe(successor.text);
  expect(successorOf(Buffer.alloc(32, 2), spent, sessionId, 2).text).not.toBe(successor.text);
});

test('a token has one text only', () => {
  const { text } = makeRefreshToken(() => new Uint8Array(32));
  expect(text).toBe('A'.repeat(43));
  for (const other of [`${text.slice(0, -1)}B`, `${text}=`, `${text}A`, text.slice(1), ` ${text}`, '']) {
    expect(readRefreshToken(other), other).toBeNull();
  }
});
