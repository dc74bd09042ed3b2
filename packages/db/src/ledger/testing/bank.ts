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
import type { TransferSet } from '../transfer-set.ts';
import { sampleAccount, sampleReversal, sampleSet, sampleSource } from './sample-sets.ts';

/** The accounts between which money goes to and fro: where it comes from stands first. */
export interface Bank {
  accounts: AccountName[];
  /** What each transaction was meant to post, and what its client knows of it. */
  asked: Asked[];
}

export interface Asked {
  sets: TransferSet[];
  /** Whether one call posts all of them. */
  isBatch: boolean;
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
    isBatch: true,
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
    const isBatch = pick(4) === 0;
    const count = isBatch ? 2 + pick(4) : 1 + Math.floor(pick(8) / 7);
    const sets = Array.from({ length: count }, () => randomSet(bank, pick));
    const asked: Asked = { sets, isBatch, outcome: 'unknown' };
    bank.asked.push(asked);
    asked.outcome = await postWithRetries(db, asked, {
      isGivenUp: pick(20) === 0,
      isImpatient: pick(2) === 0,
    });
    await sleep(typeof asked.outcome === 'string' ? 100 + pick(300) : pick(20));
  }
}

/** Mostly a movement of its own; now and then one that takes an earlier one back, whatever became of that. */
function randomSet(bank: Bank, pick: (bound: number) => number): TransferSet {
  const earlier = bank.asked[pick(bank.asked.length)]?.sets[0];
  if (pick(10) === 0 && earlier !== undefined) return sampleReversal(earlier, { postedAt: new Date() });
  const set = randomTransfers(bank, pick);
  // From so few that several clients want the same.
  if (pick(6) === 0) set.providerReference = `demo/${pick(400)}`;
  if (pick(6) === 0) {
    const limit = { limit: 'bank.daily', ownerId: `owner-${pick(3)}`, currency: 'NGN' };
    set.counts = [{ ...limit, amountMinor: BigInt(1 + pick(9)), ceilingMinor: 1_000n }];
  }
  return set;
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
  { sets, isBatch }: Pick<Asked, 'sets' | 'isBatch'>,
  { isGivenUp, isImpatient }: { isGivenUp: boolean; isImpatient: boolean },
): Promise<Asked['outcome']> {
  let isUnknown = false;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    try {
      const outcomes = await inTransaction(db, async (tx) => {
        const answers = [];
        for (const call of isBatch ? [sets] : sets.map((set) => [set]))
          answers.push(...(await post(tx, call)));
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
