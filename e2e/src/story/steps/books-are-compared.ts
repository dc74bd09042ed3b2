import { naira } from '../naira.ts';
import { payIn, untilCredited } from '../pay-in.ts';
import {
  listDriftsSince,
  listOpenDrifts,
  type ReconciliationRun,
  reconcile,
  type StoryDrift,
} from '../reconciliation.ts';
import { clearFaults, planFaults } from '../sandbox-control.ts';
import type { Stage } from '../stage.ts';
import { mustHold, type StoryStep } from '../story-step.ts';
import { readClock, untilLater } from '../virtual-clock.ts';

const amountMinor = 5_000_00;
/** After so long at most it is tried again to close a drift. */
const retrySeconds = 15 * 60;

/** Reconciliation finds no drift, then the one that a dropped webhook leaves; the top-up's own command closes it. */
export const booksAreCompared: StoryStep = {
  name: 'books-are-compared',
  play: async (stage) => {
    const { ada } = stage;
    const compared = await compareWithoutDrift(stage);

    await planFaults(
      stage,
      { kind: 'webhook_drop', event: 'charge.success' },
      { kind: 'server_error', endpoint: 'GET /transaction/verify', times: 1000 },
    );
    const since = await readClock(stage);
    const topUpId = await payIn(ada, amountMinor);
    await reconcile(stage);
    const drift = await findDrift(stage, topUpId);
    const { state } = await ada.dash.wallet.getTopUp({ topUpId });
    mustHold(state === 'pending', `the top-up is ${state}, although nothing can have told us of its payment`);

    await clearFaults(stage);
    await untilClosed(stage, drift, since);
    await untilCredited(ada, topUpId);
    await compareWithoutDrift(stage);
    return {
      line: `the books are compared, and agree; then a webhook of ${naira(amountMinor)} is lost, and they do not`,
      remarks: [
        `payments: ${rowsOf(compared, 'transactions')}, transfers: ${rowsOf(compared, 'transfers')}, rows of Paystack's ledger: ${rowsOf(compared, 'book')}; no drift`,
        `one drift is named (${drift.kind}, ${naira(amountMinor)}): "${drift.cause}"`,
        `as soon as Paystack can be asked again it is closed by the top-up's own command, ${drift.proposedRepair.command}; no drift is left`,
      ],
      moves: { 'Ada wallet': amountMinor },
    };
  },
};

/** A whole reconciliation, after which nothing is open. */
async function compareWithoutDrift(stage: Stage): Promise<ReconciliationRun> {
  const run = await reconcile(stage);
  const problems = run.steps.flatMap(({ problem }) => problem ?? []);
  mustHold(problems.length === 0, `the provider's books were not read: ${problems.join(', ')}`);
  const open = await listOpenDrifts(stage);
  mustHold(open.length === 0, `the books do not agree: ${JSON.stringify(open)}`);
  return run;
}

/** The one drift, with its cause, its amount and its repair. */
async function findDrift(stage: Stage, topUpId: string): Promise<StoryDrift> {
  const [drift, ...others] = await listOpenDrifts(stage);
  mustHold(drift !== undefined, 'nothing was found, although a webhook was dropped');
  mustHold(others.length === 0, `${others.length} more drifts were found: ${JSON.stringify(others)}`);
  const { kind, objects, proposedRepair } = drift;
  mustHold(kind === 'webhook_missed' && objects.topUpId === topUpId, `found was ${JSON.stringify(drift)}`);
  mustHold(drift.amountMinor === amountMinor, `the drift is about ${drift.amountMinor} kobo`);
  mustHold(
    proposedRepair.by === 'ordinary_command' && proposedRepair.command === 'topup.settle',
    `the repair is ${proposedRepair.command} by ${proposedRepair.by}`,
  );
  return drift;
}

async function untilClosed(stage: Stage, { driftId }: StoryDrift, since: Date): Promise<void> {
  await untilLater(stage, retrySeconds, 'the end of the drift', async () => {
    const drift = (await listDriftsSince(stage, since)).find((each) => each.driftId === driftId);
    if (drift?.state !== 'closed') return null;
    mustHold(drift.closedBy === 'topup.settle', `the drift was closed by ${drift.closedBy}`);
    return true;
  });
}

const rowsOf = ({ steps }: ReconciliationRun, step: string): number =>
  steps.find((each) => each.step === step)?.rows ?? 0;
