import { z } from 'zod';
import { idIn, idOut } from './ids.ts';

/** One of a person's own sessions that still lives: a device that is signed in. */
export const session = z.strictObject({
  sessionId: idOut('session'),
  /** What the device called itself when it signed in, cut to 200 characters. */
  userAgent: z.string(),
  /** From where it was used last; null where that is not known. */
  networkAddress: z.string().nullable(),
  createdAt: z.date(),
  /** When it last got fresh tokens, which it does about every ten minutes while it is used. */
  lastUsedAt: z.date(),
  /** When it ends by itself unless it is used before. */
  expiresAt: z.date(),
  /** With which passkey it was signed in; null where it was not with one. */
  passkeyId: idOut('passkey').nullable(),
  /** Whether it is the one that asks. */
  isCurrent: z.boolean(),
});
export type Session = z.infer<typeof session>;

/** The most recently used first, 100 at most. */
export const sessions = z.strictObject({ sessions: z.array(session) });

export const endSessionIn = z.strictObject({ sessionId: idIn('session') });
export const endedSession = z.strictObject({ sessionId: idOut('session'), endedAt: z.date() });

export type EndedSession = z.infer<typeof endedSession>;

/** `others` leaves the session that asks. */
export const endAllSessionsIn = z.strictObject({ which: z.enum(['others', 'all']) });
export type EndAllSessions = z.output<typeof endAllSessionsIn>;
export const endedSessions = z.strictObject({ endedCount: z.int().min(0) });
