import type { Operation } from '@trpc/client';
import type { Around } from './call-link.ts';
import { readFailure } from './read-failure.ts';
import type { Owner, Session } from './session.ts';

/** As whom a call is made, over all its attempts. */
export interface Sender {
  /** The token of who began it, null for nobody. */
  begunWith: string | null;
  /** The person unless given. */
  owner?: Owner;
}

/** Stands above the retries: every attempt is made as whoever is signed in when the call begins, or as nobody. */
export function asOnePerson(session: Session): Around {
  return async (op, send) => {
    if (op.context.sender !== undefined) return send(op);
    const sender: Sender = { begunWith: await session.keptToken() };
    return send({ ...op, context: { ...op.context, sender } });
  };
}

/** Sends the session's token, and once more with another when the server refuses it. */
export function withToken(session: Session): Around {
  return async (op, send) => {
    const { begunWith, owner } = op.context.sender as Sender;
    const accessToken = await session.accessToken(begunWith, owner);
    if (accessToken === null) return send(op);
    try {
      return await send(bearing(op, accessToken));
    } catch (caught) {
      if (readFailure(caught).code !== 'ACCESS_TOKEN_INVALID') throw caught;
      const replaced = await session.replaceToken(accessToken, owner);
      if (replaced === null) throw caught;
      return send(bearing(op, replaced));
    }
  };
}

const bearing = (op: Operation, accessToken: string): Operation => ({
  ...op,
  context: { ...op.context, accessToken },
});
