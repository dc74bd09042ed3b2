import { setTimeout as sleep } from 'node:timers/promises';
import {
  CommitUnknown,
  type Db,
  inTransaction,
  isConnectionLost,
  isTransactionConflict,
} from '../../transaction.ts';
import type { AccountName } from '../account-id.ts';
import { post } from '../post.ts';
import { sampleAccount, sampleSet, sampleSource } from '../sample-sets.ts';
import type { TransferSet } from '../transfer-set.ts';

/** The accounts between which money goes to and fro: where it comes from stands first. */
export interface Bank {
  accounts: AccountName[];
  /** What each transaction was meant to post, and what its client knows of it. */
  asked: Asked[];
}

export interface Asked {
  sets: TransferSet[];
  /**
   * Of each set what it was answered, if the transaction is known to be there. `absent`: it is known not to be, as
   * it was rolled back, or its connection was lost before it was to commit. `unknown`: nobody can say.
   */
  outcome: ('posted' | 'refused')[] | 'absent' | 'unknown';
}

export const openBank = (accounts: number): Bank => ({
  accounts: [sampleSource(), ...Array.from({ length: accounts }, () => sampleAccount())],
  asked: [],
});

/** Gives every account but the first something to begin with. */
export async function fundBank(db: Db, bank: Bank, amountMinor: bigint): Promise<void> {
  const [source = sampleSource(), ...others] = bank.accounts;
  const sets = others.map((account) => sampleSet([[source, account, amountMinor]]));
  const answers = await post(db, sets);
  bank.asked.push({
    sets,
    outcome: answers.map(({ outcome }) => (outcome === 'posted' ? 'posted' : 'refused')),
  });
}

/** Posts until it is told to stop, one transaction after the other. */
export async function workAsClient(
  db: Db,
  bank: Bank,
  pick: (bound: number) => number,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const sets = Array.from({ length: 1 + Math.floor(pick(8) / 7) }, () => randomTransfers(bank, pick));
    const asked: Asked = { sets, outcome: 'unknown' };
    bank.asked.push(asked);
    asked.outcome = await postWithRetries(db, sets, {
      isGivenUp: pick(20) === 0,
      isImpatient: pick(2) === 0,
    });
    await sleep(typeof asked.outcome === 'string' ? 100 + pick(300) : pick(20));
  }
}

function randomTransfers({ accounts }: Bank, pick: (bound: number) => number): TransferSet {
  const legs = Array.from({ length: 1 + Math.floor(pick(5) / 4) * (1 + pick(3)) }, () => {
    const debit = pick(accounts.length);
    const credit = (debit + 1 + pick(accounts.length - 1)) % accounts.length;
    return [accounts[debit], accounts[credit], BigInt(1 + pick(400))] as [AccountName, AccountName, bigint];
  });
  return sampleSet(legs, { postedAt: new Date() });
}

class GivenUp extends Error {}

const ATTEMPTS_MAX = 6;

/**
 * As a command does it: conflicts and lost connections are tried again, and so is a commit whose answer was lost,
 * which the ids then turn into a replay. Who is impatient does not ask what became of such a commit.
 */
async function postWithRetries(
  db: Db,
  sets: TransferSet[],
  { isGivenUp, isImpatient }: { isGivenUp: boolean; isImpatient: boolean },
): Promise<Asked['outcome']> {
  let isUnknown = false;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    try {
      const outcomes = await inTransaction(db, async (tx) => {
        const answers = [];
        for (const set of sets) answers.push(...(await post(tx, [set])));
        if (isGivenUp) throw new GivenUp();
        return answers.map(({ outcome }) => outcome);
      });
      return outcomes.map((outcome) => (outcome === 'refused' ? 'refused' : 'posted'));
    } catch (error) {
      if (error instanceof GivenUp) return 'absent';
      if (!isTransactionConflict(error) && !isConnectionLost(error) && !(error instanceof CommitUnknown))
        throw error;
      isUnknown ||= error instanceof CommitUnknown;
      if (isUnknown && isImpatient) return 'unknown';
    }
    await sleep(5 * 2 ** (attempt - 1));
  }
  return isUnknown ? 'unknown' : 'absent';
}
