import { askOperations } from './ask-operations.ts';
import type { Stage } from './stage.ts';
import { HOUR_SECONDS, readClock, untilLater } from './virtual-clock.ts';

/** Something in which the provider's books and ours do not agree. */
export interface StoryDrift {
  driftId: string;
  kind: string;
  state: string;
  amountMinor: number | null;
  cause: string;
  objects: { topUpId?: string };
  proposedRepair: { by: string; command: string | null };
  closedBy: string | null;
}

export interface ReconciliationRun {
  startedAt: string;
  finishedAt: string | null;
  steps: { step: string; rows: number; problem: string | null }[];
}

interface Report {
  runs: ReconciliationRun[];
  drifts: StoryDrift[];
}

/** What is open now. */
export const listOpenDrifts = async (stage: Stage): Promise<StoryDrift[]> =>
  (await askOperations<{ drifts: StoryDrift[] }>(stage, '/drifts')).drifts;

/** Lets time go by until the books were compared as they are now: by a run that began after this call. */
export async function reconcile(stage: Stage): Promise<ReconciliationRun> {
  const since = await readClock(stage);
  return untilLater(stage, everySeconds, 'a reconciliation', async () => {
    const { runs } = await readReport(stage, since);
    const isWhole = ({ startedAt, finishedAt }: ReconciliationRun) =>
      new Date(startedAt) >= since && finishedAt !== null;
    return runs.find(isWhole) ?? null;
  });
}

/** As often as the books are compared. */
const everySeconds = 15 * 60;

/** Every drift that was open at some time since this instant, as it is now. */
export const listDriftsSince = async (stage: Stage, since: Date): Promise<StoryDrift[]> =>
  (await readReport(stage, since)).drifts;

/** The reports of the days from this instant on: it may be midnight in between. */
async function readReport(stage: Stage, since: Date): Promise<Report> {
  const days = new Set([since, await readClock(stage)].map(dayInLagos));
  const ask = (day: string) => askOperations<Report>(stage, `/reconciliation?day=${day}`);
  const reports = await Promise.all([...days].map(ask));
  return { runs: reports.flatMap(({ runs }) => runs), drifts: reports.flatMap(({ drifts }) => drifts) };
}

/** Lagos is an hour ahead of UTC all year. */
const dayInLagos = (instant: Date): string =>
  new Date(instant.getTime() + HOUR_SECONDS * 1000).toISOString().slice(0, 10);
