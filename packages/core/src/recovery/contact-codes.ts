import type { Channel } from '../messages/index.ts';
import type { Keyring } from '../sealing.ts';
import { hashCode } from '../users/index.ts';

/** A code of a recovery as it is stored: good for this recovery, person and channel, and for what it was sent to. */
export const hashContactCode = (
  keyring: Keyring,
  recovery: { id: string; userId: string },
  channel: Channel,
  targetIndex: Uint8Array,
  code: string,
): Buffer =>
  hashCode(
    keyring,
    { verificationId: recovery.id, userId: recovery.userId, purpose: `recover_${channel}`, targetIndex },
    code,
  );
