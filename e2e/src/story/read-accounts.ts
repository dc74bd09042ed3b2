import { askOperations } from './ask-operations.ts';
import { peopleOf, type Stage } from './stage.ts';

/** Balances in kobo by the name under which the story prints them. */
export type Accounts = Map<string, number>;

/** One kind of account of the platform's, as the operations port tells it. */
interface BookLine {
  currency: string;
  purpose: string;
  totalMinor: number;
  /** What all transfers ever made add up to. */
  recomputedMinor: number;
}

export interface Book {
  lines: BookLine[];
  violations: { invariant: string; row: Record<string, unknown> }[];
}

export interface PersonBalance {
  person: string;
  userId: string | null;
  availableMinor: number;
  heldMinor: number;
}

/** What the people have, each read by himself through the SDK. Who has not joined yet has nothing. */
export async function readPeople(stage: Stage): Promise<PersonBalance[]> {
  return Promise.all(
    peopleOf(stage).map(async ({ dash, name }) => {
      const person = name.replace(' (demo)', '');
      if (!(await dash.isSignedIn())) return { person, userId: null, availableMinor: 0, heldMinor: 0 };
      const [{ balances }, { userId }] = await Promise.all([dash.wallet.balances(), dash.users.me()]);
      return { person, userId, ...inNaira(balances) };
    }),
  );
}

/** The whole book, as the operations port reads it. */
export const readBook = (stage: Stage): Promise<Book> => askOperations(stage, '/balances');

/** What the platform has paid to the provider until now. */
export async function readProviderFees(stage: Stage): Promise<number> {
  const { lines } = await readBook(stage);
  return lines.find(({ purpose }) => purpose === 'provider_fees')?.totalMinor ?? 0;
}

/** What the transfers to and from a person add up to, from the first one. */
export async function recomputePerson(
  stage: Stage,
  userId: string,
): Promise<Omit<PersonBalance, 'person' | 'userId'>> {
  const { balances } = await askOperations<{ balances: Balances }>(stage, `/balances/${userId}`);
  return inNaira(balances);
}

type Balances = readonly { currency: string; availableMinor: number; heldMinor: number }[];

function inNaira(balances: Balances) {
  const naira = balances.find(({ currency }) => currency === 'NGN');
  return { availableMinor: naira?.availableMinor ?? 0, heldMinor: naira?.heldMinor ?? 0 };
}

/** How the story calls what is nobody's wallet. */
const platformAccounts: Record<string, string> = {
  fees: 'platform fees',
  provider_fees: 'provider fees',
  float: 'Paystack float',
  unsettled: 'Paystack unsettled',
  fee_margin: 'fee margin',
  suspense: 'suspense',
  adjustments: 'adjustments',
};

/** The balances of the people and of the platform. */
export async function readAccounts(stage: Stage): Promise<Accounts> {
  const accounts: Accounts = new Map();
  for (const { person, availableMinor, heldMinor } of await readPeople(stage)) {
    accounts.set(`${person} wallet`, availableMinor).set(`${person} held`, heldMinor);
  }
  const { lines } = await readBook(stage);
  for (const { purpose, totalMinor } of lines) {
    const name = platformAccounts[purpose];
    if (name !== undefined) accounts.set(name, totalMinor);
  }
  return accounts;
}
