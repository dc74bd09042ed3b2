import type { RenamePasskey } from '@errand-dash/contract';
import { findSessionPasskey, savePasskeyName } from '../auth/index.ts';
import { command } from '../command.ts';
import { orThrow, refuse } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import type { PasskeyView } from './list-passkeys.query.ts';

/** Gives one of the person's own passkeys another name. Refuses with `OBJECT_NOT_FOUND`. */
export const renamePasskey = command(
  'auth.renamePasskey',
  async (tx, { passkeyId, name }: RenamePasskey, { viewer }) => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const renamed = await savePasskeyName(tx, userId, passkeyId, name);
    if (renamed === null) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
    const isCurrent = passkeyId === (await findSessionPasskey(tx, sessionId));
    const result: PasskeyView = { ...renamed, isCurrent };
    return { result };
  },
);
