import { expect, test } from 'vitest';
import { canonicalHash, canonicalJson } from '../../canonical-json.ts';
import type { SignedTerms } from '../signing/signed-action.ts';
import { approvalDocumentOf, approvalProblem, type DocumentPlace } from './approval-document.rules.ts';

const terms: SignedTerms = { amountMinor: 20_000_00n, currency: 'NGN', payee: 'nuban:058:0123456789' };
const place: DocumentPlace = {
  action: 'wallet.withdraw',
  idempotencyKey: 'a-key-to-be-signed',
  userId: '0198c0de-0000-7000-8000-000000000001',
  sessionId: '0198c0de-0000-7000-8000-000000000002',
  nonce: Buffer.alloc(32, 7),
  expiresAt: new Date('2026-02-02T09:02:00Z'),
};
const hashOf = (changedTerms: Partial<SignedTerms>, changedPlace: Partial<DocumentPlace> = {}) =>
  canonicalHash(approvalDocumentOf({ ...terms, ...changedTerms }, { ...place, ...changedPlace })).toString(
    'hex',
  );

test('what is signed is this text, to the byte', () => {
  expect(canonicalJson(approvalDocumentOf(terms, place))).toBe(
    '{"action":"wallet.withdraw","amountMinor":2000000,"currency":"NGN","expiry":"2026-02-02T09:02:00.000Z",' +
      '"idempotencyKey":"a-key-to-be-signed","nonce":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",' +
      '"payee":"nuban:058:0123456789","session":"session_0198c0de-0000-7000-8000-000000000002",' +
      '"user":"user_0198c0de-0000-7000-8000-000000000001","version":1}',
  );
});

test.each<[string, Partial<SignedTerms>, Partial<DocumentPlace>]>([
  ['one kobo', { amountMinor: 20_000_01n }, {}],
  ['no amount', { amountMinor: null }, {}],
  ['no currency', { currency: null }, {}],
  ['another payee', { payee: 'nuban:058:0123456780' }, {}],
  ['another action', {}, { action: 'wallet.addPayoutAccount' }],
  ['another key', {}, { idempotencyKey: 'a-key-to-be-signed2' }],
  ['another person', {}, { userId: '0198c0de-0000-7000-8000-000000000003' }],
  ['another session', {}, { sessionId: '0198c0de-0000-7000-8000-000000000003' }],
  ['another nonce', {}, { nonce: Buffer.alloc(32, 8) }],
  ['another millisecond', {}, { expiresAt: new Date('2026-02-02T09:02:00.001Z') }],
])('%s makes another hash', (_name, changedTerms, changedPlace) => {
  expect(hashOf(changedTerms, changedPlace)).not.toBe(hashOf({}));
});

const now = new Date('2026-02-02T09:01:00Z');
const attempt = { sessionId: place.sessionId, action: 'wallet.withdraw', now };
const open = {
  state: 'open',
  expiresAt: place.expiresAt,
  sessionId: place.sessionId,
  action: 'wallet.withdraw',
};

test.each([
  ['open and in time', {}, {}, null],
  ['tried before', { state: 'accepted' }, {}, 'it was tried before'],
  ['tried in vain', { state: 'refused' }, {}, 'it was tried before'],
  ['at its end', {}, { now: place.expiresAt }, 'it has expired'],
  ['of another session', {}, { sessionId: 'other' }, 'another session'],
  ['of another action', {}, { action: 'wallet.addPayoutAccount' }, 'another action'],
])('an approval %s: %s', (_name, approval, tried, expected) => {
  expect(approvalProblem({ ...open, ...approval }, { ...attempt, ...tried })).toBe(expected);
});
