import { hash } from 'node:crypto';
import type { LedgerRow } from '@errand-dash/db';
import { canonicalJson } from '../../canonical-json.ts';
import type { RowSalt } from '../chains/sealed-source.ts';

/**
 * A transfer as its leaf has it. Both parties may see it: what only one of them may know, his account with its balance
 * and the authority, is there as a salted hash.
 */
export interface LedgerLeaf {
  version: 1;
  transferId: string;
  setId: string;
  leg: number;
  legs: number;
  kind: string;
  cause: { type: string; id: string };
  reversesSetId: string | null;
  amountMinor: bigint;
  currency: string;
  /** ISO 8601, with microseconds only where there are any. */
  postedAt: string;
  /** SHA-256 over a salt of 32 bytes and the canonical JSON of {@link LedgerSide}; base64url. */
  debit: string;
  credit: string;
  /** The same of {@link LedgerAuthority}. */
  authority: string;
}

/** One side of a transfer. Of an account that nothing guards, balance and version are null. */
export interface LedgerSide {
  side: 'debit' | 'credit';
  accountId: string;
  balanceMinor: bigint | null;
  version: bigint | null;
}

/** By what a transfer was posted. */
export interface LedgerAuthority {
  kind: string;
  reference: string;
  detail: string | null;
  providerReference: string | null;
}

/** The bytes of a transfer's leaf: the canonical JSON of {@link LedgerLeaf}. */
export const ledgerLeafBytes = (row: LedgerRow, salt: RowSalt): Buffer =>
  Buffer.from(canonicalJson(ledgerLeaf(row, salt)), 'utf8');

export function ledgerLeaf(row: LedgerRow, salt: RowSalt): LedgerLeaf {
  return {
    version: 1,
    transferId: row.id,
    setId: row.set_id,
    leg: row.leg,
    legs: row.legs,
    kind: row.kind,
    cause: { type: row.cause_type, id: row.cause_id },
    reversesSetId: row.reverses_set_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    postedAt: row.posted_at_text.replace(/000Z$/, 'Z'),
    debit: hidden(salt('debit'), ledgerSide(row, 'debit')),
    credit: hidden(salt('credit'), ledgerSide(row, 'credit')),
    authority: hidden(salt('authority'), ledgerAuthority(row)),
  };
}

export const ledgerSide = (row: LedgerRow, side: LedgerSide['side']): LedgerSide =>
  side === 'debit'
    ? {
        side,
        accountId: row.debit_account_id,
        balanceMinor: row.debit_balance_minor,
        version: row.debit_version,
      }
    : {
        side,
        accountId: row.credit_account_id,
        balanceMinor: row.credit_balance_minor,
        version: row.credit_version,
      };

const ledgerAuthority = (row: LedgerRow): LedgerAuthority => ({
  kind: row.authority_kind,
  reference: row.authority_reference,
  detail: row.authority_detail,
  providerReference: row.provider_reference,
});

const hidden = (salt: Buffer, value: LedgerSide | LedgerAuthority): string =>
  hash('sha256', Buffer.concat([salt, Buffer.from(canonicalJson(value), 'utf8')]), 'base64url');
