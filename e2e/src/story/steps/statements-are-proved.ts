import { type LedgerKeys, type StatementPage, verifyHeads, verifyStatement } from '@errand-dash/sdk';
import { type Person, peopleOf, type Stage } from '../stage.ts';
import { mustHold, type StoryStep } from '../story-step.ts';
import { untilLater } from '../virtual-clock.ts';

/** Longer than a line waits to be sealed. */
const sealedAfterSeconds = 60;

/** Each person keeps his statement as a file, and proves it later without asking anybody. */
export const statementsAreProved: StoryStep = {
  name: 'statements-are-proved',
  play: async (stage) => {
    const keys = await readPublic<LedgerKeys>(stage, '/.well-known/ledger-jwks.json');
    let lines = 0;
    for (const person of peopleOf(stage)) lines += await proveStatement(stage, person, keys);
    const { heads } = await readPublic<{ heads: Parameters<typeof verifyHeads>[0] }>(stage, '/ledger/heads');
    const chain = await verifyHeads(heads, keys);
    mustHold(chain.isValid && chain.isUnbroken, `the public heads are ${JSON.stringify(chain)}`);
    return {
      line: `everybody keeps his statement and proves it offline: ${lines} lines, each in the sealed ledger`,
      remarks: [`${heads.length} signed heads are public, each naming the one before`],
      moves: {},
    };
  },
};

/** Proves each line of somebody's statement, and that one kobo more would be found. Says how many lines it has. */
async function proveStatement(stage: Stage, { dash, name }: Person, keys: LedgerKeys): Promise<number> {
  const { userId } = await dash.users.me();
  const page = await untilLater(
    stage,
    sealedAfterSeconds,
    `the statement of ${name} to be sealed`,
    async () => {
      const asked = await dash.wallet.statement({ currency: 'NGN', limit: 100, withReceipts: true });
      return asked.lines.every(({ receipt }) => receipt) ? asked : null;
    },
  );
  const kept = JSON.stringify(page);
  const account = { purpose: 'available', userId } as const;
  const verdict = await verifyStatement(JSON.parse(kept), { keys, account, currency: 'NGN' });
  mustHold(verdict.isProved, `the statement of ${name} is ${JSON.stringify(verdict)}`);
  const [first] = page.lines;
  if (first === undefined) return 0;
  const raised: StatementPage = JSON.parse(kept);
  Object.assign(raised.lines[0] ?? {}, { balanceMinor: first.balanceMinor + 1 });
  const { isValid } = await verifyStatement(raised, { keys, account, currency: 'NGN' });
  mustHold(!isValid, `one kobo more in the statement of ${name} was not found`);
  return page.lines.length;
}

/** What the API publishes to anybody. */
async function readPublic<T>({ addresses }: Stage, path: string): Promise<T> {
  const answer = await fetch(`${addresses.apiUrl}${path}`);
  mustHold(answer.ok, `${path} was answered with ${answer.status}`);
  return (await answer.json()) as T;
}
