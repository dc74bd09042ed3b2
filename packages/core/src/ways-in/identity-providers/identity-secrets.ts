import { z } from 'zod';
import type { Core } from '../../core.ts';
import { open, type SealedPlace } from '../../sealing.ts';
import type { IdentityCeremony } from './identity-ceremony.store.ts';
import type { IdentitySecrets } from './identity-provider.ts';

const form = z.strictObject({ state: z.string(), nonce: z.string(), codeVerifier: z.string() });

/** State, nonce and code verifier of a ceremony. Throws `SealBroken` for what was not sealed for it. */
export function openSecrets(
  { keyring }: Pick<Core, 'keyring'>,
  { id, secretsSealed }: Pick<IdentityCeremony, 'id' | 'secretsSealed'>,
): IdentitySecrets {
  if (secretsSealed === null) throw new Error('this ceremony has no secrets');
  return form.parse(JSON.parse(open(keyring.wrapping, secretsPlace(id), secretsSealed).toString('utf8')));
}

/** Where the secrets of a ceremony are sealed. */
export const secretsPlace = (ceremonyId: string): SealedPlace => ({
  table: 'identity_ceremonies',
  row: ceremonyId,
  column: 'secrets_sealed',
});
