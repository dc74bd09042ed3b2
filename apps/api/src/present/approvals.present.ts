import { formatId } from '@errand-dash/contract';
import type { StartedApproval } from '@errand-dash/core';

export const presentStartedApproval = (started: StartedApproval) => ({
  ...started,
  approvalId: formatId('approval', started.approvalId),
});
