import { formatId, type Passkey, type RemovedPasskey } from '@errand-dash/contract';
import type { PasskeyView, RemovedPasskey as Removed } from '@errand-dash/core';

export const presentPasskey = (passkey: PasskeyView): Passkey => ({
  ...passkey,
  passkeyId: formatId('passkey', passkey.passkeyId),
});

export const presentRemovedPasskey = (removed: Removed): RemovedPasskey => ({
  ...removed,
  passkeyId: formatId('passkey', removed.passkeyId),
});
