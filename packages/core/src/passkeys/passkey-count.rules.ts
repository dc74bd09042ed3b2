import type { Policy } from '../policy.ts';
import { type Decision, refuse } from '../refusal.ts';

/** Whether a person with so many passkeys may have another. Refuses with `PASSKEY_LIMIT_REACHED`. */
export function decideAnotherPasskey(
  count: number,
  { passkeysMax }: Pick<Policy['auth'], 'passkeysMax'>,
): Decision<true> {
  return count < passkeysMax ? true : refuse('PASSKEY_LIMIT_REACHED', { max: passkeysMax });
}

/**
 * Whether a person may remove one of his passkeys. Without any he comes back by a recovery factor alone.
 * Refuses with `PASSKEY_LAST`.
 */
export function decidePasskeyRemoval(person: {
  othersCount: number;
  hasRecoveryFactor: boolean;
}): Decision<true> {
  return person.othersCount > 0 || person.hasRecoveryFactor ? true : refuse('PASSKEY_LAST', {});
}
