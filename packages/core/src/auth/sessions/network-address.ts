import type { Core } from '../../core.ts';
import { open, type SealedPlace, type SealingKey, seal } from '../../sealing.ts';

/** From where a session is used, for its person's eyes alone. Null where the address or the key is not known. */
export const sealNetworkAddress = (
  core: Pick<Core, 'random'>,
  key: SealingKey | null,
  sessionId: string,
  networkAddress: string,
): Buffer | null =>
  key === null || networkAddress === '' ? null : seal(key, placeOf(sessionId), networkAddress, core.random);

/** Throws `SealBroken` for what {@link sealNetworkAddress} has not made for this session under this key. */
export const openNetworkAddress = (
  key: SealingKey,
  sessionId: string,
  sealed: Uint8Array | null,
): string | null => (sealed === null ? null : open([key], placeOf(sessionId), sealed).toString('utf8'));

const placeOf = (sessionId: string): SealedPlace => ({
  table: 'sessions',
  row: sessionId,
  column: 'network_address_sealed',
});
