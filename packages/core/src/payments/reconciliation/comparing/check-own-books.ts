import {
  checkInvariants,
  errorCode,
  type InvariantViolation,
  isConnectionLost,
  type LedgerInvariant,
} from '@errand-dash/db';
import { sql } from 'kysely';
import { canonicalHash } from '../../../canonical-json.ts';
import type { Core } from '../../../core.ts';
import type { Finding } from '../drifts/drift.ts';
import { invariantFinding } from './book.rules.ts';

/** What checking the rules of our own books came to. */
export interface OwnBooks {
  findings: Finding[];
  /** How many rules were checked, and the names of those that took too long, or whose statement failed. */
  checked: number;
  unchecked: string[];
}

/**
 * Checks the rules of our own books, each in a snapshot of its own that only reads: it holds no row, and neither the
 * folding of balances nor the sealing waits for it. One that takes longer than the policy allows, or that the database
 * cannot answer, is told in the log and left out: the provider's books are to be read again all the same. Answers null once `isStopping` says so, after the rule in hand. Call it outside a transaction.
 */
export async function checkOwnBooks(
  core: Core,
  invariants: readonly LedgerInvariant[],
  isStopping: () => boolean,
): Promise<OwnBooks | null> {
  const findings: Finding[] = [];
  const unchecked: string[] = [];
  for (const invariant of invariants) {
    if (isStopping()) return null;
    const violations = await checkAlone(core, invariant);
    if (violations === null) unchecked.push(invariant.name);
    else findings.push(...violations.map(findingOf));
  }
  return { findings, checked: invariants.length - unchecked.length, unchecked };
}

async function checkAlone(core: Core, invariant: LedgerInvariant): Promise<InvariantViolation[] | null> {
  const timeoutMilliseconds = Math.ceil(core.policy.reconciliation.invariantTimeoutSeconds * 1000);
  try {
    return await core.db
      .transaction()
      .setAccessMode('read only')
      .execute(async (snapshot) => {
        // For this transaction alone, in place of what the pool allows to any statement.
        await sql`select set_config('statement_timeout', ${String(timeoutMilliseconds)}, true)`.execute(
          snapshot,
        );
        return checkInvariants(snapshot, [invariant]);
      });
  } catch (error) {
    if (!isOfStatement(error)) throw error;
    core.log('error', 'a rule of our own books was not checked', {
      invariant: invariant.name,
      error: errorCode(error),
    });
    return null;
  }
}

/** Whether the server has answered that it could not run the statement: an SQLSTATE, such as that of its time-out. */
const isOfStatement = (error: unknown): boolean =>
  /^[0-9A-Z]{5}$/.test(errorCode(error) ?? '') && !isConnectionLost(error);

function findingOf({ invariant, row }: InvariantViolation): Finding {
  const plain = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
  return invariantFinding(invariant, plain, canonicalHash(plain).toString('hex').slice(0, 16));
}
