import { isErrandDashError } from '@errand-dash/sdk';
import type { Person } from '../stage.ts';
import { mustHold, type StoryStep } from '../story-step.ts';

const yaba = { latitude: 6.5095, longitude: 3.3711 };
const surulere = { latitude: 6.5005, longitude: 3.3581 };

/** Both runners find the errand and accept at the same moment: one gets it. */
export const raceToAccept: StoryStep = {
  name: 'race-to-accept',
  play: async (stage) => {
    const { bola, chidi, kept } = stage;
    const errandId = kept.errandId ?? '';
    const distances = await Promise.all([find(bola, yaba, errandId), find(chidi, surulere, errandId)]);
    const answers = await Promise.allSettled([
      bola.dash.errands.accept({ errandId }),
      chidi.dash.errands.accept({ errandId }),
    ]);
    const winners = answers.filter(({ status }) => status === 'fulfilled');
    mustHold(winners.length === 1, `${winners.length} runners got the errand`);
    const [first, second] = answers;
    const [runner, other] = first?.status === 'fulfilled' ? [bola, chidi] : [chidi, bola];
    const refused =
      first?.status === 'rejected' ? first.reason : second?.status === 'rejected' ? second.reason : null;
    mustHold(
      isErrandDashError(refused) && refused.code === 'ERRAND_TAKEN',
      `the slower runner was not told that the errand is taken: ${refused}`,
    );
    kept.runner = runner;
    return {
      line: `${bola.name} (${distances[0]} m away) and ${chidi.name} (${distances[1]} m) accept at the same moment`,
      remarks: [`${runner.name} gets it, ${other.name} is told ${refused.code}`],
      moves: {},
    };
  },
};

/** How far away the runner is told that the errand is. */
async function find({ dash, name }: Person, near: typeof yaba, errandId: string): Promise<number> {
  const { errands } = await dash.errands.findNear({ near, radiusMetres: 10_000 });
  const distances = errands.map(({ distanceMetres }) => distanceMetres);
  mustHold(
    distances.every((distance, index) => distance >= (distances[index - 1] ?? 0)),
    'the nearest is not first',
  );
  const found = errands.find((errand) => errand.errandId === errandId);
  mustHold(found !== undefined, `${name} does not find the errand`);
  mustHold(!('deliverTo' in found), `${name} sees the exact address before he has accepted`);
  return found.distanceMetres;
}
