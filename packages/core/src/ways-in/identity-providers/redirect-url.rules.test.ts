import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { decideRedirectUrl, isCallbackOf } from './redirect-url.rules.ts';

const origins = ['https://app.example', 'http://localhost:5173'];

test.each(['https://app.example/', 'https://app.example/signed-in', 'http://localhost:5173/a/b'])(
  '%s may be sent back to',
  (url) => {
    expect(decideRedirectUrl(url, origins)).toBe(url);
  },
);

test.each([
  'https://evil.example/',
  'https://app.example.evil.example/',
  'https://app.example:8443/',
  'http://app.example/',
  'https://app.example@evil.example/',
  'https://user:secret@app.example/',
  'https://app.example/?next=https://evil.example',
  'https://app.example/#a',
  'https://app.example',
  'HTTPS://app.example/',
  'https://app.example/a/../b',
  'https://app.example\\@evil.example/',
  'javascript:alert(1)',
  '/signed-in',
  '',
])('%s may not', (url) => {
  expect(isRefusal(decideRedirectUrl(url, origins))).toBe(true);
});

test.each([
  ['https://app.example/in?code=a&state=b', true],
  ['https://app.example/in#code=a', true],
  ['https://app.example/out?code=a', false],
  ['https://evil.example/in?code=a', false],
  ['no address', false],
])('%s is an answer to the page: %s', (callbackUrl, expected) => {
  expect(isCallbackOf('https://app.example/in', callbackUrl)).toBe(expected);
});
