import { isErrandDashError } from '@errand-dash/sdk';
import { naira } from '../naira.ts';
import { mustHold, type StoryStep } from '../story-step.ts';

const rewardMinor = 4_500_00;
const goodsBudgetMinor = 6_000_00;
const unaffordableMinor = 13_000_00;
const hour = 3_600_000;

/** The sender posts an errand, whose whole cost is held; another without the money leaves nothing behind. */
export const postErrands: StoryStep = {
  name: 'post-errands',
  play: async (stage) => {
    const { dash, name } = stage.ada;
    const provisions = {
      kind: 'buy_and_deliver' as const,
      title: 'Provisions from Tejuosho Market',
      description: 'Please pick fresh ones and keep the receipt.',
      items: [
        { name: 'Peak milk, 400 g tin', quantity: 2 },
        { name: 'Golden Morn, 900 g', quantity: 1 },
      ],
      deliverTo: {
        latitude: 6.5158,
        longitude: 3.3898,
        address: 'University of Lagos main gate, Akoka, Yaba',
      },
      currency: 'NGN' as const,
      rewardMinor,
      goodsBudgetMinor,
      dueAt: new Date(Date.now() + 30 * hour),
    };
    const errand = await dash.errands.post(provisions);
    mustHold(errand.state === 'posted', `the errand is ${errand.state}`);
    stage.kept.errandId = errand.errandId;

    const { balances } = await dash.wallet.balances();
    const availableMinor = balances[0]?.availableMinor ?? 0;
    const refusal = await dash.errands
      .post({ ...provisions, rewardMinor: 5_000_00, goodsBudgetMinor: unaffordableMinor - 5_000_00 })
      .then(() => null)
      .catch((error: unknown) => error);
    mustHold(
      isErrandDashError(refusal) && refusal.code === 'FUNDS_INSUFFICIENT',
      `an errand without the money was not refused for it: ${refusal}`,
    );
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
