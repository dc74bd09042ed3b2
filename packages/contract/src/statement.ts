import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { amountMinorOut, balanceAtMinorOut, currency } from './money.ts';
import { cursor, pageLimit } from './pages.ts';
import { receipt, signedHead } from './receipts.ts';
import { publicUser } from './users.ts';

/** Of which of the person's own accounts: one a currency, but for those of a single escrow or withdrawal. */
const statementAccount = z.discriminatedUnion('purpose', [
  z.strictObject({ purpose: z.literal('available') }),
  z.strictObject({ purpose: z.literal('frozen') }),
  /** What an escrow holds that this person pays into. */
  z.strictObject({ purpose: z.literal('held'), escrowId: idIn('escrow') }),
  /** What is on its way to this person's bank. */
  z.strictObject({ purpose: z.literal('payout'), withdrawalId: idIn('withdrawal') }),
]);
export type StatementAccount = z.output<typeof statementAccount>;

/** With whom: a person, or the platform, the payment provider, the person's bank, or another account of his own. */
const counterpartyIn = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), userId: idIn('user') }),
  z.strictObject({ kind: z.enum(['platform', 'provider', 'bank', 'own']) }),
]);
export type CounterpartyFilter = z.output<typeof counterpartyIn>;

/** What a movement is called in the ledger, such as `escrow.hold`. */
const movementKind = z.string().regex(/^[a-z_]{1,30}\.[a-z_]{1,30}$/);

const wanted = {
  currency,
  account: statementAccount.default({ purpose: 'available' }),
  /** The first and the last calendar day in Lagos. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  kinds: z.array(movementKind).min(1).max(40).optional(),
  counterparty: counterpartyIn.optional(),
};

export const statementIn = z.strictObject({
  ...wanted,
  limit: pageLimit,
  cursor: cursor.optional(),
  /** Whether each line carries its receipt, about two kilobytes each. */
  withReceipts: z.boolean().optional(),
});
export type GetStatement = z.output<typeof statementIn>;

export const exportStatementIn = z.strictObject({ ...wanted, format: z.enum(['csv', 'pdf']) });
export type ExportStatement = z.output<typeof exportStatementIn>;

export const counterparty = z.discriminatedUnion('kind', [
  publicUser.extend({ kind: z.literal('person') }),
  z.strictObject({ kind: z.enum(['platform', 'provider', 'bank', 'own']), name: z.string() }),
]);
export type Counterparty = z.infer<typeof counterparty>;

export const statementLine = z.strictObject({
  /** The number of the line among all of its account, from 1 on without a gap. */
  lineNumber: z.int().min(1),
  transferId: idOut('transfer'),
  postedAt: z.date(),
  kind: z.string(),
  /** The kind in words. */
  says: z.string(),
  /** A credit adds to the account, a debit takes from it. */
  side: z.enum(['debit', 'credit']),
  amountMinor: amountMinorOut,
  /** What the account had after this line. Within a movement of several lines it may be below zero. */
  balanceMinor: balanceAtMinorOut,
  /** What it is about: an errand, a top-up, a withdrawal, an exchange. Null: something that has no public id. */
  causeId: z.string().nullable(),
  /** Null: nobody is named yet, as in an escrow that waits for its payee. */
  counterparty: counterparty.nullable(),
  /** What proves the line offline; null while it is not sealed yet. Absent unless it was asked for. */
  receipt: receipt.nullable().optional(),
});
export type StatementLine = z.infer<typeof statementLine>;

export const statementPage = z.strictObject({
  currency,
  /** What the account had before the first day and has at the end of the last, whatever lines are asked for. */
  openingMinor: balanceAtMinorOut,
  closingMinor: balanceAtMinorOut,
  /** Newest first. */
  lines: z.array(statementLine),
  nextCursor: z.string().nullable(),
  /** The newest head of the sealed ledger: keep it, and nobody can change what was before it. Null: there is none yet. */
  latestHead: signedHead.nullable(),
});
export type StatementPage = z.infer<typeof statementPage>;

/** A file to be saved as it is. */
export const statementFile = z.strictObject({
  fileName: z.string(),
  mediaType: z.enum(['text/csv; charset=utf-8', 'application/pdf']),
  /** Its bytes in base64. */
  contentBase64: z.base64(),
  lines: z.int().min(0),
  /** The newest head of the sealed ledger as the file was made. A PDF says it on each page, too. */
  latestHead: signedHead.nullable(),
});

/** Years that everybody writes alike. PostgreSQL refuses what a Date can be besides. */
const instantIn = z
  .date()
  .min(new Date('0001-01-01T00:00:00.000Z'))
  .max(new Date('9999-12-31T23:59:59.999Z'));

export const balancesAtIn = z.strictObject({ at: instantIn });

/** What a person had in one currency at an instant, in minor units. */
export const balanceAt = z.strictObject({
  currency,
  availableMinor: balanceAtMinorOut,
  heldMinor: balanceAtMinorOut,
  frozenMinor: balanceAtMinorOut,
  onTheWayMinor: balanceAtMinorOut,
});
export const balancesAt = z.strictObject({ at: z.date(), balances: z.array(balanceAt) });
