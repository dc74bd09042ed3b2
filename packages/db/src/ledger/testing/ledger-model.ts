import type { AccountName } from '../account-id.ts';
import { accountPurposes } from '../account-purposes.ts';
import type { ListedTransfer } from '../list-transfers.ts';
import type { LimitCount, SetAnswer, SetRefusal, SetRule, TransferSet } from '../transfer-set.ts';

/** The ledger in memory: what it must answer, and what must stand in it after, worked out by none of its code. */
export interface LedgerModel {
  balances: Map<string, bigint>;
  /** By the id of the first transfer. */
  sets: Map<string, TransferSet>;
  transferIds: Set<string>;
  providerReferences: Set<string>;
  /** What was counted, by limit, owner, currency and day. */
  counters: Map<string, bigint>;
  /** The sets that were taken back. */
  reversed: Set<string>;
  /** Of each account, in the order in which they were posted. */
  lines: Map<string, ModelLine[]>;
  /** Counts the transactions that committed. */
  transactions: number;
}

/** A line of a statement, and the transaction that wrote it. */
export interface ModelLine {
  transaction: number;
  line: ListedTransfer;
}

export const emptyModel = (): LedgerModel => ({
  balances: new Map(),
  sets: new Map(),
  transferIds: new Set(),
  providerReferences: new Set(),
  counters: new Map(),
  reversed: new Set(),
  lines: new Map(),
  transactions: 0,
});

/** A model of its own, for a transaction that may yet be rolled back. */
export const copyOfModel = (model: LedgerModel): LedgerModel => ({
  balances: new Map(model.balances),
  sets: new Map(model.sets),
  transferIds: new Set(model.transferIds),
  providerReferences: new Set(model.providerReferences),
  counters: new Map(model.counters),
  reversed: new Set(model.reversed),
  lines: new Map([...model.lines].map(([account, lines]) => [account, [...lines]])),
  transactions: model.transactions,
});

/** What a set is answered. One that is posted stands in the model afterwards. */
export function predict(model: LedgerModel, set: TransferSet): SetAnswer {
  const refusal = ownFault(set);
  if (refusal !== null) return { outcome: 'refused', rule: refusal };
  const known = storedAnswer(model, set);
  if (known !== null) return known;
  const change = changesOf(set);
  const short = firstShort(model, set, change) ?? firstVast(model, set);
  if (short !== null) return short;
  const exceeded = firstExceeded(model, set);
  if (exceeded !== null) return exceeded;
  write(model, set);
  return { outcome: 'posted' };
}

export const keyOf = ({ purpose, ownerId, currency }: AccountName): string =>
  [purpose, ownerId ?? '', currency].join(' ');

const isGuarded = ({ purpose }: AccountName): boolean => accountPurposes[purpose].guarded;
const mostMinor = 9_007_199_254_740_991n;

/** The rule about the set itself that it breaks, of several the first. */
export function ownFault({ transfers }: TransferSet): SetRule | null {
  const faults: [rule: SetRule, isBroken: boolean][] = [
    ['set_must_have_transfers', transfers.length === 0],
    ['too_many_transfers', transfers.length > 1000],
    ['amount_must_be_positive', transfers.some(({ amountMinor }) => amountMinor <= 0n)],
    ['amount_too_large', transfers.some(({ amountMinor }) => amountMinor > mostMinor)],
    ['accounts_must_be_different', transfers.some(({ debit, credit }) => keyOf(debit) === keyOf(credit))],
    ['currencies_must_agree', transfers.some(({ debit, credit }) => debit.currency !== credit.currency)],
    ['transfer_ids_must_be_different', new Set(transfers.map(({ id }) => id)).size < transfers.length],
  ];
  return faults.find(([, isBroken]) => isBroken)?.[0] ?? null;
}

function storedAnswer(model: LedgerModel, set: TransferSet): SetAnswer | null {
  const earlier = model.sets.get(set.transfers[0]?.id ?? '');
  if (earlier !== undefined && contentOf(earlier) === contentOf(set)) return { outcome: 'replayed' };
  if (set.transfers.some(({ id }) => model.transferIds.has(id)))
    return { outcome: 'refused', rule: 'transfer_id_reused' };
  if (set.providerReference !== undefined && model.providerReferences.has(set.providerReference))
    return { outcome: 'refused', rule: 'provider_reference_used' };
  const fault = set.reverses === undefined ? null : reversalFault(model, set, set.reverses);
  return fault === null ? null : { outcome: 'refused', rule: fault };
}

function reversalFault(model: LedgerModel, set: TransferSet, reverses: string): SetRule | null {
  const reversed = model.sets.get(reverses);
  if (reversed === undefined) return 'reversed_set_unknown';
  if (reversed.reverses !== undefined) return 'reversal_must_not_be_reversed';
  if (model.reversed.has(reverses)) return 'reversed_set_already';
  const legsOf = (transfers: TransferSet['transfers'], from: 'debit' | 'credit', to: 'debit' | 'credit') =>
    transfers.map((leg) => [keyOf(leg[from]), keyOf(leg[to]), leg.amountMinor].join()).join();
  const mirrored = legsOf(reversed.transfers.toReversed(), 'credit', 'debit');
  return legsOf(set.transfers, 'debit', 'credit') === mirrored ? null : 'reversal_must_mirror';
}

/** All of a set but the time of its command, and what it counts. */
export const contentOf = ({ reverses, ...set }: TransferSet): string =>
  JSON.stringify([
    ...[set.kind, set.cause.type, set.cause.id, set.authority.kind, set.authority.reference],
    ...[set.authority.detail ?? null, set.providerReference ?? null, reverses ?? null],
    set.transfers.map(({ id, debit, credit, amountMinor }) => [
      id,
      keyOf(debit),
      keyOf(credit),
      `${amountMinor}`,
    ]),
  ]);

/** By how much the whole set changes each account. */
export function changesOf({ transfers }: TransferSet): Map<string, bigint> {
  const changes = new Map<string, bigint>();
  const add = (name: AccountName, by: bigint) =>
    changes.set(keyOf(name), (changes.get(keyOf(name)) ?? 0n) + by);
  for (const { debit, credit, amountMinor } of transfers) {
    add(debit, -amountMinor);
    add(credit, amountMinor);
  }
  return changes;
}

function firstShort(model: LedgerModel, set: TransferSet, changes: Map<string, bigint>): SetRefusal | null {
  for (const { debit } of set.transfers) {
    const balanceMinor = model.balances.get(keyOf(debit)) ?? 0n;
    const change = changes.get(keyOf(debit)) ?? 0n;
    if (isGuarded(debit) && balanceMinor + change < 0n) {
      return {
        outcome: 'refused',
        rule: 'balance_below_zero',
        account: debit,
        balanceMinor,
        neededMinor: -change,
      };
    }
  }
  return null;
}

/** Of the accounts whose lines would say more, either way, than an amount can, that of the first such line. */
function firstVast(model: LedgerModel, set: TransferSet): SetRefusal | null {
  const sides = set.transfers.flatMap(({ debit, credit }) => [debit, credit]).filter(isGuarded);
  const accounts = new Map(sides.map((account) => [keyOf(account), account]));
  const vast = [...accounts].flatMap(([key, account]) => {
    const balanceMinor = model.balances.get(key) ?? 0n;
    const line = firstVastLine(set, account, balanceMinor);
    return line === null ? [] : [{ account, balanceMinor, ...line }];
  });
  // Of both sides of one transfer the debit is told.
  const [first] = vast.toSorted((a, b) => a.at - b.at || Number(a.isCredit) - Number(b.isCredit));
  if (first === undefined) return null;
  const { account, balanceMinor, neededMinor } = first;
  return { outcome: 'refused', rule: 'balance_too_large', account, balanceMinor, neededMinor };
}

/** The first line of an account that would say so, and how far it is from what the account had before the set. */
export function firstVastLine(
  { transfers }: TransferSet,
  account: AccountName,
  balanceMinor: bigint,
): { at: number; isCredit: boolean; neededMinor: bigint } | null {
  let after = balanceMinor;
  for (const [at, { debit, credit, amountMinor }] of transfers.entries()) {
    if (keyOf(debit) === keyOf(account)) after -= amountMinor;
    if (keyOf(credit) === keyOf(account)) after += amountMinor;
    if (after > mostMinor) return { at, isCredit: true, neededMinor: after - balanceMinor };
    if (after < -mostMinor) return { at, isCredit: false, neededMinor: balanceMinor - after };
  }
  return null;
}

const dayMilliseconds = 86_400_000;
/** Lagos is an hour ahead of UTC, all the year. */
const lagosDay = (at: Date): number => Math.floor((at.getTime() + 3_600_000) / dayMilliseconds);
const counterOf = ({ limit, ownerId, currency }: LimitCount, at: Date): string =>
  [limit, ownerId, currency, lagosDay(at)].join(' ');

function firstExceeded(model: LedgerModel, { counts = [], postedAt }: TransferSet): SetRefusal | null {
  for (const count of counts) {
    const usedMinor = model.counters.get(counterOf(count, postedAt)) ?? 0n;
    if (usedMinor + count.amountMinor <= count.ceilingMinor) continue;
    const { limit, ownerId, currency, ceilingMinor, amountMinor: askedMinor } = count;
    const resetsAt = new Date((lagosDay(postedAt) + 1) * dayMilliseconds - 3_600_000);
    const exceeded = { limit, ownerId, currency, usedMinor, ceilingMinor, askedMinor, resetsAt };
    return { outcome: 'refused', rule: 'limit_exceeded', exceeded };
  }
  return null;
}

function write(model: LedgerModel, set: TransferSet): void {
  const setId = set.transfers[0]?.id ?? '';
  model.sets.set(setId, set);
  if (set.providerReference !== undefined) model.providerReferences.add(set.providerReference);
  if (set.reverses !== undefined) model.reversed.add(set.reverses);
  for (const count of set.counts ?? []) {
    const counter = counterOf(count, set.postedAt);
    model.counters.set(counter, (model.counters.get(counter) ?? 0n) + count.amountMinor);
  }
  for (const { id, debit, credit, amountMinor } of set.transfers) {
    model.transferIds.add(id);
    for (const [side, own, counterpart] of [
      ['debit', debit, credit],
      ['credit', credit, debit],
    ] as const) {
      const balance =
        (model.balances.get(keyOf(own)) ?? 0n) + (side === 'debit' ? -amountMinor : amountMinor);
      model.balances.set(keyOf(own), balance);
      const lines = model.lines.get(keyOf(own)) ?? [];
      model.lines.set(keyOf(own), lines);
      lines.push({
        transaction: model.transactions,
        line: {
          ...{ id, setId, kind: set.kind, cause: set.cause, side, amountMinor, counterpart },
          balanceMinor: isGuarded(own) ? balance : null,
          version: isGuarded(own) ? BigInt(lines.length + 1) : null,
          postedAt: set.postedAt,
        },
      });
    }
  }
}

/** The whole statement of an account as it must be read, newest first. */
export function statementOf(model: LedgerModel, account: AccountName): ListedTransfer[] {
  const lines = model.lines.get(keyOf(account)) ?? [];
  // Nothing numbers the lines of an unguarded account: they stand by transaction, and by id within.
  const byId = (a: ModelLine, b: ModelLine) => (a.line.id < b.line.id ? -1 : 1);
  const ordered = isGuarded(account)
    ? lines
    : lines.toSorted((a, b) => a.transaction - b.transaction || byId(a, b));
  return ordered.map(({ line }) => line).toReversed();
}
