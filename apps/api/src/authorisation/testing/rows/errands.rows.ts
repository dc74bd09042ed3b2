import { sql } from 'kysely';
import { inBothWays } from '../in-both-ways.ts';
import {
  type Answers,
  bothParties,
  nobodyFor,
  onlyTheOwner,
  onlyWhoSigned,
  type RowsOf,
  whoeverIsSignedIn,
} from '../matrix-row.ts';
import { signedBy } from '../signing.ts';
import { done, errandIn, wantedErrand } from '../things.ts';

const exact = ['address', 'place'] as const;
const all = [...exact, 'receipt'] as const;

/** What the runner does. The sender knows his errand, and is told that it is not for him. */
const onlyTheRunner: Answers = { ...onlyTheOwner, owner: 'TRANSITION_REFUSED', counterpart: 'ok' };

/** What the sender does. */
const onlyTheSender: Answers = { ...onlyTheOwner, counterpart: 'TRANSITION_REFUSED' };

const running: Answers = {
  ...whoeverIsSignedIn,
  owner: 'ERRAND_OWN',
  admin: 'ROLE_MISSING',
  operator: 'ROLE_MISSING',
};

/** An errand that is open to nobody any more. */
const runningNoMore: Answers = {
  ...running,
  counterpart: 'OBJECT_NOT_FOUND',
  stranger: 'OBJECT_NOT_FOUND',
};

export const errandsRows: RowsOf<'errands'> = {
  post: [
    {
      ask: wantedErrand,
      answers: {
        ...whoeverIsSignedIn,
        counterpart: 'ROLE_MISSING',
        admin: 'ROLE_MISSING',
        operator: 'ROLE_MISSING',
      },
    },
  ],
  findNear: [
    {
      ask: async (scene) => {
        await errandIn(scene, 'posted');
        return { near: { latitude: 6.43, longitude: 3.42 } };
      },
      answers: { ...whoeverIsSignedIn, admin: 'ROLE_MISSING', operator: 'ROLE_MISSING' },
    },
  ],
  get: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'posted')).errandId }),
      answers: onlyTheOwner,
      shows: { owner: exact },
    },
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'completed')).errandId }),
      answers: bothParties,
      shows: { owner: all, counterpart: all },
    },
  ],
  listMine: [
    {
      ask: async (scene) => {
        await errandIn(scene, 'completed');
        return { as: 'sender' };
      },
      answers: whoeverIsSignedIn,
      shows: { owner: all, stranger: exact },
    },
    {
      ask: async (scene) => {
        await errandIn(scene, 'completed');
        return { as: 'runner' };
      },
      answers: whoeverIsSignedIn,
      shows: { counterpart: all },
    },
  ],
  history: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'completed')).errandId }),
      answers: bothParties,
    },
  ],
  accept: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'posted')).errandId }),
      answers: running,
      shows: { counterpart: exact, stranger: exact },
      isKnownBecause: 'every runner is shown what waits for one',
    },
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'started')).errandId }),
      answers: { ...running, counterpart: 'TRANSITION_REFUSED', stranger: 'ERRAND_TAKEN' },
      isKnownBecause: 'he may have seen it while it waited, and came too late',
    },
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'cancelled')).errandId }),
      answers: runningNoMore,
    },
    {
      ask: async (scene) => {
        const { errandId } = await errandIn(scene, 'completed');
        const uuid = errandId.slice('errand_'.length);
        await sql`update errands set posted_at = posted_at - interval '2 hours',
          accepted_at = accepted_at - interval '2 hours' where id = ${uuid}`.execute(
          scene.api.database.owner,
        );
        return { errandId };
      },
      answers: { ...runningNoMore, counterpart: 'TRANSITION_REFUSED' },
    },
  ],
  start: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'accepted')).errandId }),
      answers: onlyTheRunner,
      shows: { counterpart: exact },
    },
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'posted')).errandId }),
      answers: { ...nobodyFor('OBJECT_NOT_FOUND'), owner: 'TRANSITION_REFUSED' },
    },
  ],
  complete: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'started')).errandId, ...done }),
      answers: onlyTheRunner,
      // What the receipt says is in his own call.
      shows: { counterpart: exact },
    },
  ],
  confirm: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'completed')).errandId }),
      answers: onlyTheSender,
      shows: { owner: all },
    },
    ...inBothWays({
      ask: async (scene, asker) => {
        const { errandId } = await errandIn(scene, 'completed');
        const action = { action: 'errands.confirm', errandId } as const;
        return { errandId, approval: await signedBy(scene.people.owner, asker, action) };
      },
      answers: onlyWhoSigned,
      shows: { owner: all },
    }),
  ],
  cancel: [
    {
      ask: async (scene) => ({ errandId: (await errandIn(scene, 'accepted')).errandId }),
      answers: onlyTheSender,
      shows: { owner: exact },
    },
    ...inBothWays({
      ask: async (scene, asker) => {
        const { errandId } = await errandIn(scene, 'accepted');
        const action = { action: 'errands.cancel', errandId } as const;
        return { errandId, approval: await signedBy(scene.people.owner, asker, action) };
      },
      answers: onlyWhoSigned,
      shows: { owner: exact },
    }),
  ],
};
