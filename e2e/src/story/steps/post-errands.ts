import { failureOf } from '../failure-of.ts';
import { naira } from '../naira.ts';
import { provisions } from '../provisions.ts';
import { mustHold, type StoryStep } from '../story-step.ts';

const rewardMinor = 4_500_00;
const goodsBudgetMinor = 6_000_00;
const unaffordableMinor = 13_000_00;

/** The sender posts an errand, whose whole cost is held; another without the money leaves nothing behind. */
export const postErrands: StoryStep = {
  name: 'post-errands',
  play: async (stage) => {
    const { dash, name } = stage.ada;
    const first = await provisions(stage, 'Provisions from Tejuosho Market', {
      rewardMinor,
      goodsBudgetMinor,
    });
    const errand = await dash.errands.post(first);
    mustHold(errand.state === 'posted', `the errand is ${errand.state}`);
    stage.kept.errandId = errand.errandId;

    const { balances } = await dash.wallet.balances();
    const availableMinor = balances[0]?.availableMinor ?? 0;
    const unaffordable = { ...first, rewardMinor: 5_000_00, goodsBudgetMinor: unaffordableMinor - 5_000_00 };
    const refusal = await failureOf(dash.errands.post(unaffordable), 'FUNDS_INSUFFICIENT');
    const { missingMinor } = refusal.details;
    mustHold(
      missingMinor === unaffordableMinor - availableMinor,
      `it was told that ${missingMinor} kobo are missing`,
    );
    const { errands } = await dash.errands.listMine({ as: 'sender' });
    mustHold(errands.length === 1, `the refused errand left something behind: she has ${errands.length}`);

    const costMinor = rewardMinor + goodsBudgetMinor;
    return {
      line: `${name} posts "${errand.title}": ${naira(rewardMinor)} reward, ${naira(goodsBudgetMinor)} for the goods`,
      remarks: [
        `a second one for ${naira(unaffordableMinor)} is refused: ${naira(missingMinor)} are missing (${refusal.code}); nothing is left of it`,
      ],
      moves: { 'Ada wallet': -costMinor, 'Ada held': costMinor },
    };
  },
};
