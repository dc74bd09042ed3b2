import type { Operation } from '@trpc/client';
import type { Around } from './call-link.ts';
import { readFailure } from './read-failure.ts';
import type { Session } from './session.ts';

/** Stands above the retries: every attempt is made as whoever made the first. */
export const asOnePerson: Around = (op, send) =>
  send({ ...op, context: { ...op.context, sender: { accessToken: null } satisfies Sender } });

interface Sender {
  accessToken: string | null;
}

/** Sends the session's token, and once more with another when the server refuses it. */
export function withToken(session: Session): Around {
  return async (op, send) => {
    const sender = op.context.sender as Sender;
    const accessToken = op.context.isAnonymous ? null : await session.accessToken(sender.accessToken);
    sender.accessToken = accessToken ?? sender.accessToken;
    if (accessToken === null) return send(op);
    try {
      return await send(bearing(op, accessToken));
    } catch (caught) {
      if (readFailure(caught).code !== 'ACCESS_TOKEN_INVALID') throw caught;
      const replaced = await session.replaceToken(accessToken);
      if (replaced === null) throw caught;
      return send(bearing(op, replaced));
    }
  };
}

const bearing = (op: Operation, accessToken: string): Operation => ({
  ...op,
  context: { ...op.context, accessToken },
});
