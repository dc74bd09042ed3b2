import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { AccountName } from '../account-id.ts';
import type { LimitCount, Transfer, TransferSet } from '../transfer-set.ts';

/** A transfer to be, among the six accounts that a world has in each of its two currencies. */
interface Leg {
  currency: number;
  debit: number;
  /** How many accounts further the credit is; 0 is the same account. */
  hop: number;
  crossesCurrencies: boolean;
  amountMinor: bigint;
}

/** How much of which of two limits. */
interface Count {
  limit: number;
  amountMinor: bigint;
  ceilingMinor: bigint;
}

const changes = [
  ...['kind', 'causeType', 'causeId', 'authorityKind', 'authorityReference', 'authorityDetail'],
  ...['providerReference', 'amount', 'debit', 'credit', 'added', 'dropped', 'turned', 'later'],
] as const;

/** A set to be. What it repeats of an earlier one is counted back from the latest. */
export type SetPlan =
  | { plan: 'new'; legs: Leg[]; reference: number | null; repeatsAnId: boolean; counts: Count[] }
  | { plan: 'again'; back: number }
  | { plan: 'changed'; back: number; change: (typeof changes)[number] }
  | { plan: 'borrowed'; back: number; legs: Leg[]; isFirst: boolean }
  | { plan: 'reversal'; back: number; flaw: 'none' | 'amount' | 'order' | 'unknown' }
  | { plan: 'vast'; legs: number };

const amount = fc.oneof(
  { weight: 40, arbitrary: fc.bigInt(1n, 400n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, -1n, -(10n ** 30n)) },
  { weight: 2, arbitrary: fc.constantFrom(2n ** 53n - 1n, 2n ** 53n - 2n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 53n, 2n ** 63n, 10n ** 30n) },
);
const rarely = fc.integer({ min: 0, max: 24 }).map((number) => number === 24);
const leg: fc.Arbitrary<Leg> = fc.record({
  currency: fc.nat(1),
  debit: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(5) }),
  hop: fc.oneof(
    { weight: 24, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  crossesCurrencies: rarely,
  amountMinor: amount,
});
const oneLeg = (debit: number, hop: number, amountMinor: bigint, crossesCurrencies = false): Leg[] => [
  { currency: 0, debit, hop, crossesCurrencies, amountMinor },
];

/** There and back, so that a balance in between may be vast while that after the set is not. */
const through = fc
  .array(fc.record({ slot: fc.integer({ min: 2, max: 5 }), isOut: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((ways) =>
    ways.flatMap(({ slot, isOut }) => {
      const most = 2n ** 53n - 1n;
      const [to, fro] = [oneLeg(0, slot, most), oneLeg(slot, 6 - slot, most)];
      return isOut ? [...fro, ...to] : [...to, ...fro];
    }),
  );
const legs = fc.oneof(
  { weight: 6, arbitrary: fc.array(leg, { minLength: 1, maxLength: 1 }) },
  { weight: 4, arbitrary: fc.array(leg, { minLength: 2, maxLength: 5 }) },
  { weight: 1, arbitrary: through },
  { weight: 1, arbitrary: fc.constant<Leg[]>([]) },
);
const counts = fc.uniqueArray(
  fc.record({ limit: fc.nat(1), amountMinor: fc.bigInt(1n, 60n), ceilingMinor: fc.bigInt(0n, 200n) }),
  { selector: ({ limit }) => limit, minLength: 1, maxLength: 2 },
);
const back = fc.nat(12);

/** A set of any kind: most may be posted, some repeat others, and each rule is broken now and then. */
export const setPlan: fc.Arbitrary<SetPlan> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      plan: fc.constant('new'),
      legs,
      reference: fc.option(fc.nat(5), { freq: 5 }),
      repeatsAnId: rarely,
      counts: fc.oneof({ weight: 3, arbitrary: fc.constant<Count[]>([]) }, { weight: 1, arbitrary: counts }),
    }),
  },
  { weight: 12, arbitrary: fc.record({ plan: fc.constant('again'), back }) },
  {
    weight: 8,
    arbitrary: fc.record({ plan: fc.constant('changed'), back, change: fc.constantFrom(...changes) }),
  },
  { weight: 4, arbitrary: fc.record({ plan: fc.constant('borrowed'), back, legs, isFirst: fc.boolean() }) },
  {
    weight: 12,
    arbitrary: fc.record({
      plan: fc.constant('reversal'),
      back,
      flaw: fc.constantFrom('none', 'none', 'none', 'amount', 'order', 'unknown'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ plan: fc.constant('vast'), legs: fc.constantFrom(1000, 1001) }) },
);

const newSet = (
  legs: Leg[],
  {
    reference,
    repeatsAnId,
    counts = [],
  }: { reference?: number; repeatsAnId?: boolean; counts?: Count[] } = {},
): SetPlan => ({
  ...{ plan: 'new', legs, counts, reference: reference ?? null, repeatsAnId: repeatsAnId ?? false },
});

/** One set after the other that together meet every answer, which chance alone might miss. */
export const everyAnswer: SetPlan[] = [
  newSet([]),
  { plan: 'vast', legs: 1001 },
  newSet(oneLeg(0, 2, 0n)),
  newSet(oneLeg(0, 2, 2n ** 53n)),
  newSet(oneLeg(2, 0, 1n)),
  newSet(oneLeg(0, 2, 1n, true)),
  newSet(oneLeg(0, 2, 1n), { repeatsAnId: true }),
  newSet(oneLeg(0, 2, 10n), { reference: 0 }),
  { plan: 'again', back: 0 },
  { plan: 'changed', back: 0, change: 'amount' },
  newSet(oneLeg(0, 2, 10n), { reference: 0 }),
  newSet(oneLeg(3, 1, 400n)),
  newSet(oneLeg(0, 2, 2n ** 53n - 1n)),
  newSet([...oneLeg(0, 2, 2n ** 53n - 1n), ...oneLeg(2, 4, 2n ** 53n - 1n)]),
  newSet([...oneLeg(2, 4, 2n ** 53n - 1n), ...oneLeg(0, 2, 2n ** 53n - 1n)]),
  newSet(oneLeg(0, 2, 5n)),
  { plan: 'reversal', back: 0, flaw: 'amount' },
  { plan: 'reversal', back: 1, flaw: 'none' },
  { plan: 'reversal', back: 2, flaw: 'none' },
  { plan: 'reversal', back: 1, flaw: 'none' },
  { plan: 'reversal', back: 0, flaw: 'unknown' },
  newSet(oneLeg(0, 2, 5n), { counts: [{ limit: 0, amountMinor: 1n, ceilingMinor: 0n }] }),
];

/** Accounts, ids and references that nothing else in the database has: one run of a property neither sees another. */
export interface World {
  run: number;
  accounts: AccountName[];
  /** Every set that was asked for, posted or not. */
  asked: TransferSet[];
  ids: number;
  /** Whether some sets count against limits. */
  isCounting: boolean;
}

let runs = 0;

export function newWorld({ isCounting = true } = {}): World {
  runs += 1;
  const accounts = [2 * runs, 2 * runs + 1].flatMap((number): AccountName[] => {
    const currency = currencyOf(number);
    const person = (name: string) => `run-${runs}-${name}`;
    return [
      { purpose: 'float', ownerId: 'paystack', currency },
      { purpose: 'fees', ownerId: null, currency },
      { purpose: 'available', ownerId: person('ada'), currency },
      { purpose: 'available', ownerId: person('bayo'), currency },
      { purpose: 'available', ownerId: person('chidi'), currency },
      { purpose: 'held', ownerId: person('errand'), currency },
    ];
  });
  return { run: runs, accounts, asked: [], ids: 0, isCounting };
}

/** Three letters for a number. */
function currencyOf(number: number): string {
  if (number >= 26 ** 3) throw new RangeError('no currency is left for another run');
  const letters = [Math.floor(number / 676), Math.floor(number / 26) % 26, number % 26];
  return letters.map((letter) => String.fromCharCode(65 + letter)).join('');
}

/** In no order, so that nothing may rely on one. The same for the same number in the same run. */
function nextId(world: World): string {
  world.ids += 1;
  const digest = hash('sha256', `${world.run} ${world.ids}`, 'hex');
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `7${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/** Money for every guarded account, so that not everything is refused. */
export const funding = (world: World): TransferSet[] =>
  [0, 6].map((first) =>
    setOf(
      world,
      [2, 3, 4].map((slot) => ({
        id: nextId(world),
        debit: accountAt(world, first),
        credit: accountAt(world, first + slot),
        amountMinor: 300n,
      })),
    ),
  );

/** Makes the set of a plan, and keeps it for those that repeat it. */
export function makeSet(world: World, plan: SetPlan): TransferSet {
  const set = fromPlan(world, plan);
  world.asked.push(set);
  return set;
}

function fromPlan(world: World, plan: SetPlan): TransferSet {
  if (plan.plan === 'new') {
    const transfers = plan.legs.map((wanted) => transferOf(world, wanted));
    const [first] = transfers;
    if (plan.repeatsAnId && first !== undefined) transfers.push({ ...first, amountMinor: 1n });
    const { reference } = plan;
    return {
      ...setOf(world, transfers),
      ...(reference === null ? {} : { providerReference: `demo:${world.run}:${reference}` }),
      ...(world.isCounting && plan.counts.length > 0
        ? { counts: plan.counts.map((count) => countOf(world, count)) }
        : {}),
    };
  }
  if (plan.plan === 'vast') {
    const cheap: Leg = { currency: 0, debit: 0, hop: 2, crossesCurrencies: false, amountMinor: 1n };
    return setOf(
      world,
      Array.from({ length: plan.legs }, () => transferOf(world, cheap)),
    );
  }
  const earlier = world.asked.at(-1 - (plan.back % Math.max(world.asked.length, 1)));
  if (earlier === undefined) return setOf(world, []);
  if (plan.plan === 'again') return earlier;
  if (plan.plan === 'changed') return changed(world, earlier, plan.change);
  if (plan.plan === 'reversal') return reversalOf(world, earlier, plan.flaw);
  const borrowed = earlier.transfers.at(-1);
  const own = plan.legs.map((wanted) => transferOf(world, wanted));
  if (borrowed === undefined) return setOf(world, own);
  return setOf(world, plan.isFirst ? [borrowed, ...own] : [...own, borrowed]);
}

const countOf = (world: World, { limit, amountMinor, ceilingMinor }: Count): LimitCount => ({
  ...{ limit: `sample.limit_${limit}`, ownerId: `run-${world.run}`, currency: accountAt(world, 0).currency },
  ...{ amountMinor, ceilingMinor },
});

function reversalOf(
  world: World,
  earlier: TransferSet,
  flaw: 'none' | 'amount' | 'order' | 'unknown',
): TransferSet {
  const mirrored = earlier.transfers.map(({ debit, credit, amountMinor }) => ({
    id: nextId(world),
    debit: credit,
    credit: debit,
    amountMinor: flaw === 'amount' ? amountMinor + 1n : amountMinor,
  }));
  return {
    ...setOf(world, flaw === 'order' ? mirrored : mirrored.toReversed()),
    reverses: flaw === 'unknown' ? nextId(world) : (earlier.transfers[0]?.id ?? nextId(world)),
  };
}

const accountAt = (world: World, index: number): AccountName =>
  world.accounts[index % world.accounts.length] as AccountName;

function transferOf(world: World, { currency, debit, hop, crossesCurrencies, amountMinor }: Leg): Transfer {
  const creditCurrency = crossesCurrencies ? 1 - currency : currency;
  return {
    id: nextId(world),
    debit: accountAt(world, 6 * currency + debit),
    credit: accountAt(world, 6 * creditCurrency + ((debit + hop) % 6)),
    amountMinor,
  };
}

const setOf = (world: World, transfers: Transfer[]): TransferSet => ({
  kind: 'adjustment.post',
  cause: { type: 'sample', id: `"run" {${world.run}} \\ set, ${world.ids}` },
  authority: {
    kind: 'session',
    reference: `session ${world.ids}`,
    ...(world.ids % 2 === 0 ? { detail: 'sample.post, "some" key' } : {}),
  },
  postedAt: new Date(Date.UTC(2026, 2, 1) + world.ids * 1000),
  transfers,
});

/** One thing is different, and the ids are the same; of `later` the content is. */
function changed(world: World, set: TransferSet, change: (typeof changes)[number]): TransferSet {
  const { cause, authority, transfers } = set;
  const [first, ...rest] = transfers;
  const other = accountAt(world, world.ids);
  const withFirst = (difference: Partial<Transfer>): TransferSet => ({
    ...set,
    transfers: first === undefined ? [] : [{ ...first, ...difference }, ...rest],
  });
  switch (change) {
    case 'kind':
      return { ...set, kind: 'top_up.credit' };
    case 'causeType':
      return { ...set, cause: { ...cause, type: 'another' } };
    case 'causeId':
      return { ...set, cause: { ...cause, id: 'another' } };
    case 'authorityKind':
      return { ...set, authority: { ...authority, kind: 'clock' } };
    case 'authorityReference':
      return { ...set, authority: { ...authority, reference: 'another' } };
    case 'authorityDetail':
      return { ...set, authority: { ...authority, detail: 'another' } };
    case 'providerReference':
      return { ...set, providerReference: `demo:${world.run}:0` };
    case 'amount':
      return withFirst({ amountMinor: (first?.amountMinor ?? 0n) + 1n });
    case 'debit':
      return withFirst({ debit: other });
    case 'credit':
      return withFirst({ credit: other });
    case 'added':
      return {
        ...set,
        transfers: [...transfers, ...transfers.slice(0, 1).map((from) => ({ ...from, id: nextId(world) }))],
      };
    case 'dropped':
      return { ...set, transfers: transfers.slice(0, -1) };
    case 'turned':
      return { ...set, transfers: transfers.toReversed() };
    case 'later':
      return { ...set, postedAt: new Date(set.postedAt.getTime() + 86_400_000) };
  }
}
