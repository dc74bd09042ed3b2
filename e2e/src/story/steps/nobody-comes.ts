import { naira } from '../naira.ts';
import { untilNotified } from '../notices.ts';
import { provisions } from '../provisions.ts';
import { mustHold, type StoryStep } from '../story-step.ts';
import { until } from '../until.ts';
import { HOUR_SECONDS, moveClock, readClock } from '../virtual-clock.ts';

const rewardMinor = 2_000_00;
const goodsBudgetMinor = 3_000_00;
const openSeconds = 6 * HOUR_SECONDS;

/** A second errand finds nobody: the clock ends it, and what it held returns. */
export const nobodyComes: StoryStep = {
  name: 'nobody-comes',
  play: async (stage) => {
    const { dash, name } = stage.ada;
    const yams = await provisions(stage, 'Yams before breakfast', { rewardMinor, goodsBudgetMinor });
    const expiresAt = new Date((await readClock(stage)).getTime() + openSeconds * 1000);
    const { errandId, escrowId, title } = await dash.errands.post({ ...yams, expiresAt });
    const costMinor = rewardMinor + goodsBudgetMinor;
    const held = await dash.escrow.get({ escrowId });
    mustHold(held.heldMinor === costMinor, `the escrow holds ${held.heldMinor} kobo`);

    await moveClock(stage, openSeconds);
    await until('the end of the errand', async () => {
      const { state } = await dash.errands.get({ errandId });
      mustHold(['posted', 'expired'].includes(state), `the errand is ${state}`);
      return state === 'expired' ? true : null;
    });
    const escrow = await dash.escrow.get({ escrowId });
    mustHold(
      escrow.state === 'refunded' && escrow.heldMinor === 0,
      `the escrow is ${escrow.state} and holds ${escrow.heldMinor} kobo`,
    );
    const told = await untilNotified(stage.ada, 'errand.expired', errandId);
    return {
      line: `${name} posts "${title}" for ${naira(costMinor)} and nobody comes: the clock ends it`,
      remarks: [`held for six hours and returned; she is told: "${told}"`],
      moves: {},
    };
  },
};
