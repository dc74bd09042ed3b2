import {
  anybody,
  bothParties,
  nobodyFor,
  onlyTheOwner,
  type RowsOf,
  whoeverIsSignedIn,
} from '../matrix-row.ts';
import { errandIn } from '../things.ts';

export const escrowRows: RowsOf<'escrow'> = {
  get: [
    {
      ask: async (scene) => ({ escrowId: (await errandIn(scene, 'accepted')).escrowId }),
      answers: bothParties,
    },
    {
      ask: async (scene) => ({ escrowId: (await errandIn(scene, 'posted')).escrowId }),
      answers: onlyTheOwner,
    },
  ],
};

export const eventsRows: RowsOf<'events'> = {
  watch: [{ ask: () => ({ lastEventId: '0' }), answers: whoeverIsSignedIn }],
};

/** A notice has a number in its own person's list, and no id: nobody can name another's. */
export const noticesRows: RowsOf<'notices'> = {
  list: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  countUnread: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  markRead: [
    { ask: () => ({ number: 1 }), answers: whoeverIsSignedIn },
    { ask: () => ({ number: 1_000_000 }), answers: nobodyFor('OBJECT_NOT_FOUND') },
  ],
  markAllRead: [
    { ask: () => ({ upToNumber: 1 }), answers: whoeverIsSignedIn },
    { ask: () => ({ upToNumber: 1_000_000 }), answers: nobodyFor('OBJECT_NOT_FOUND') },
  ],
};

export const systemRows: RowsOf<'system'> = {
  ping: [{ ask: () => ({}), answers: { ...anybody, suspended: 'ok' } }],
};
