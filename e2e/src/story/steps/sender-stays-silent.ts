import { naira } from '../naira.ts';
import { untilNotified } from '../notices.ts';
import { provisions } from '../provisions.ts';
import { mustHold, type StoryStep } from '../story-step.ts';
import { until } from '../until.ts';
import { DAY_SECONDS, moveClock } from '../virtual-clock.ts';

const rewardMinor = 3_000_00;
const goodsBudgetMinor = 2_000_00;
const goodsSpentMinor = 1_800_00;

/** A third errand is completed and its sender says nothing: a day later the clock confirms it, and both are told. */
export const senderStaysSilent: StoryStep = {
  name: 'sender-stays-silent',
  play: async (stage) => {
    const { ada, bola, chidi, kept } = stage;
    const runner = kept.runner === bola ? chidi : bola;
    const { errandId, title } = await ada.dash.errands.post(
      await provisions(stage, 'Pepper soup for three', { rewardMinor, goodsBudgetMinor }),
    );
    await runner.dash.errands.accept({ errandId });
    await runner.dash.errands.start({ errandId });
    const receipt = 'Demo receipt no. 0043, Tejuosho Market';
    const completed = await runner.dash.errands.complete({ errandId, goodsSpentMinor, receipt });
    mustHold(completed.nextDeadline?.event === 'confirm', 'nothing says that the clock will confirm');

    await moveClock(stage, DAY_SECONDS);
    const { commissionMinor } = await until('the confirmation by the clock', async () => {
      const errand = await ada.dash.errands.get({ errandId });
      mustHold(['completed', 'confirmed'].includes(errand.state), `the errand is ${errand.state}`);
      return errand.state === 'confirmed' ? errand : null;
    });
    const { changes } = await ada.dash.errands.history({ errandId });
    const confirmation = changes.find(({ event }) => event === 'errand.confirmed');
    mustHold(confirmation?.by === 'clock', `it was confirmed by ${confirmation?.by ?? 'nobody'}`);
    const [sheIsTold, heIsTold] = await Promise.all(
      [ada, runner].map((person) => untilNotified(person, 'errand.confirmed', errandId)),
    );
    const leftMinor = goodsBudgetMinor - goodsSpentMinor;
    return {
      line: `${runner.name} delivers "${title}", ${ada.name} says nothing: after 24 h the clock confirms`,
      remarks: [
        `commission ${naira(commissionMinor)}, ${naira(leftMinor)} of the budget back to ${ada.name}`,
        `she is told: "${sheIsTold}"; he is told: "${heIsTold}"`,
      ],
      moves: {
        'Ada wallet': leftMinor - rewardMinor - goodsBudgetMinor,
        [`${runner.name.replace(' (demo)', '')} wallet`]: rewardMinor - commissionMinor + goodsSpentMinor,
      },
    };
  },
};
