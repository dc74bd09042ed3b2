import { formatId } from '@errand-dash/contract';
import type { BegunRecovery } from '@errand-dash/core';

export const presentRecovery = (recovery: BegunRecovery) => ({
  ...recovery,
  recoveryId: formatId('recovery', recovery.recoveryId),
});
