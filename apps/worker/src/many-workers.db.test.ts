import { createWakeReceiver } from '@errand-dash/db';
import { beforeAll, expect, test } from 'vitest';
import { type LoadResult, type MixedLoad, makeMixedLoad } from './testing/mixed-load.ts';
import { createWorker, type Worker } from './worker.ts';

/** What one worker has made of each step, alone and to the end before the next. */
let ofOne: LoadResult[];

beforeAll(async () => {
  const load = await makeMixedLoad();
  ofOne = [];
  const [worker] = workersOf(load, 1, []);
  for (const step of load.steps) {
    await step();
    await runToTheEnd(load, worker);
    ofOne.push(await load.read());
  }
  await load.close();
}, 120_000);

/** What a worker asks of the provider brings webhooks of its own, a moment later. */
async function runToTheEnd(load: MixedLoad, worker: Worker | undefined): Promise<void> {
  for (let isQuiet = false; !isQuiet; ) {
    await load.deliver();
    const counts = Object.values((await worker?.runOnce()) ?? {});
    isQuiet = counts.every((count) => count === 0);
  }
}

function workersOf({ core, database }: MixedLoad, count: number, failures: Error[]) {
  return Array.from({ length: count }, () => {
    const onError = (error: Error) => failures.push(error);
    const wakeUps = createWakeReceiver({ url: database.applicationUrl, onError });
    return createWorker({ core: { ...core, wake: wakeUps.wake }, wakeUps, pollSeconds: 0.2 });
  });
}

/** Waits until there is to see what was expected, or no longer. */
async function untilRead(load: MixedLoad, expected: LoadResult | undefined): Promise<LoadResult> {
  for (const endsAt = Date.now() + 20_000; ; ) {
    const found = await load.read();
    if (Date.now() > endsAt || JSON.stringify(sorted(found)) === JSON.stringify(sorted(expected)))
      return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, inner]) => [name, sorted(inner)]),
      )
    : value;

test('one worker brings everything to its end', () => {
  const end = ofOne.at(-1);
  expect(end?.violations).toEqual([]);
  expect(end?.transfersAtProvider).toBe(8);
  expect(end?.states).toEqual({
    'errand expired': 4,
    'errand cancelled': 2,
    'errand confirmed': 2,
    'escrow refunded': 6,
    'escrow released': 2,
    'topup succeeded': 3,
    'topup failed': 1,
    'topup abandoned': 1,
    'withdrawal paid': 5,
    'withdrawal returned': 1,
    'withdrawal reversed': 1,
    'withdrawal sent': 1,
    'delivery worked': expect.any(Number),
  });
});

test.each([2, 10])(
  '%i workers at once make of everything what one does',
  { timeout: 200_000 },
  async (count) => {
    const load = await makeMixedLoad();
    const failures: Error[] = [];
    const running = workersOf(load, count, failures);
    await Promise.all(running.map((worker) => worker.start()));
    for (const [index, step] of load.steps.entries()) {
      await step();
      expect(await untilRead(load, ofOne[index]), `step ${index}`).toEqual(ofOne[index]);
    }
    await Promise.all(running.map((worker) => worker.stop()));
    // Nor does anybody do more than that.
    expect(await load.read()).toEqual(ofOne.at(-1));
    expect(failures).toEqual([]);
    await load.close();
  },
);
