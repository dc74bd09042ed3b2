import { type DeviceKey, formatId } from '@errand-dash/contract';
import type { DeviceKeyView, StartedApproval } from '@errand-dash/core';

export const presentStartedApproval = (started: StartedApproval) => ({
  ...started,
  approvalId: formatId('approval', started.approvalId),
  deviceKeyIds: started.deviceKeyIds.map((id) => formatId('deviceKey', id)),
});

export const presentDeviceKey = ({ id, userId: _userId, ...key }: DeviceKeyView): DeviceKey => ({
  ...key,
  deviceKeyId: formatId('deviceKey', id),
});
