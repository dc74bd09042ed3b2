import { naira } from '../naira.ts';
import { mustHold, type StoryStep } from '../story-step.ts';

const goodsSpentMinor = 5_200_00;

/** The runner starts, buys and completes; the sender confirms; everybody is paid in one set of transfers. */
export const runAndConfirm: StoryStep = {
  name: 'run-and-confirm',
  play: async ({ ada, kept }) => {
    const { runner } = kept;
    mustHold(runner !== undefined && kept.errandId !== undefined, 'nobody runs the errand');
    const { errandId } = kept;
    await runner.dash.errands.start({ errandId });
    const seen = await runner.dash.errands.get({ errandId });
    mustHold(seen.deliverTo !== undefined, `${runner.name} does not see where to deliver`);
    await runner.dash.errands.complete({
      errandId,
      goodsSpentMinor,
      receipt: 'Demo receipt no. 0042, Tejuosho Market',
    });
    const errand = await ada.dash.errands.confirm({ errandId });
    mustHold(errand.state === 'confirmed', `the errand is ${errand.state}`);
    const escrow = await ada.dash.escrow.get({ escrowId: errand.escrowId });
    mustHold(escrow.heldMinor === 0, `the escrow still holds ${escrow.heldMinor} kobo`);

    const { rewardMinor, goodsBudgetMinor, commissionMinor } = errand;
    const leftMinor = goodsBudgetMinor - goodsSpentMinor;
    const paidMinor = rewardMinor - commissionMinor + goodsSpentMinor;
    return {
      line: `${runner.name} buys for ${naira(goodsSpentMinor)} and delivers; ${ada.name} confirms`,
      remarks: [
        `commission ${naira(commissionMinor)}, ${naira(leftMinor)} of the budget back to ${ada.name}`,
      ],
      moves: {
        'Ada held': -(rewardMinor + goodsBudgetMinor),
        'Ada wallet': leftMinor,
        [`${runner.name.replace(' (demo)', '')} wallet`]: paidMinor,
      },
    };
  },
};
