import {
  endAllSessionsIn,
  endedSession,
  endedSessions,
  endSessionIn,
  noInput,
  sessions,
} from '@errand-dash/contract';
import { endAllSessions, endSession, listSessions } from '@errand-dash/core';
import { presentEndedSession, presentSession } from '../present/sessions.present.ts';
import { signedInProcedure } from '../trpc.ts';

/** The procedures by which a person sees where he is signed in, and signs out there. */
export const sessionProcedures = {
  /** Where the person is signed in, the most recently used first. */
  listSessions: signedInProcedure
    .input(noInput)
    .output(sessions)
    .query(async ({ ctx }) => ({
      sessions: (await listSessions(ctx.core, ctx.call, {})).map(presentSession),
    })),

  /** Signs one device out, at once. */
  endSession: signedInProcedure
    .input(endSessionIn)
    .output(endedSession)
    .mutation(async ({ ctx, input }) => presentEndedSession(await endSession(ctx.core, ctx.call, input))),

  /** Signs all other devices out, or all with this one. */
  endAllSessions: signedInProcedure
    .input(endAllSessionsIn)
    .output(endedSessions)
    .mutation(({ ctx, input }) => endAllSessions(ctx.core, ctx.call, input)),
};
