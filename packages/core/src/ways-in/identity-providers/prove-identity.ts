import type { Call } from '../../claim.ts';
import { type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import type { Core } from '../../core.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { requireIdentityProvider } from '../require-way-in.ts';
import {
  type CeremonyOwner,
  consumeIdentityCeremony,
  type IdentityCeremony,
} from './identity-ceremony.store.ts';
import type { ProvenIdentity } from './identity-provider.ts';
import { openSecrets } from './identity-secrets.ts';
import { isCallbackOf } from './redirect-url.rules.ts';

/** An answer that came back from an identity provider. */
export interface IdentityAnswer {
  ceremonyId: string;
  purpose: 'sign_in' | 'link';
  callbackUrl: string;
  owner: CeremonyOwner;
}

/**
 * Who the provider says that the person is who came back. The ceremony is consumed in a transaction of its own, and
 * only then the provider is asked: whatever becomes of it, an answer is tried once.
 * Refuses with `IDENTITY_REFUSED`, without saying why, or `IDENTITY_PROVIDER_UNREACHABLE`.
 */
export async function proveIdentity(
  core: Core,
  call: Call,
  answer: IdentityAnswer,
): Promise<{ provider: string; identity: ProvenIdentity }> {
  const { provider, redirectUrl, ...started } = await takeCeremony(core, call, answer);
  const { ceremonyId } = answer;
  // What openid-client checks is the query alone.
  if (!isCallbackOf(redirectUrl ?? '', answer.callbackUrl)) {
    return refuseAnswer(core, call, { ceremonyId, reason: 'another page' });
  }
  const verdict = await requireIdentityProvider(core, provider).verify(
    answer.callbackUrl,
    openSecrets(core, started),
  );
  if (verdict.outcome === 'proven') return { provider, identity: verdict.identity };
  const { reason } = verdict;
  if (verdict.outcome === 'refused') return refuseAnswer(core, call, { ceremonyId, reason });
  return tellUnreachable(core, call, { ceremonyId, provider, reason });
}

const takeCeremony = ceremony(
  'auth.takeIdentityCeremony',
  async (
    tx,
    { ceremonyId, purpose, owner }: IdentityAnswer,
    context,
  ): Promise<CommandOutcome<IdentityCeremony>> => {
    const { now } = context;
    const started = await consumeIdentityCeremony(tx, { id: ceremonyId, purpose, owner }, now);
    if (started === null) return { refusal: refused(context, { ceremonyId }, 'no such ceremony') };
    if (started.expiresAt <= now) {
      return { refusal: refused(context, { ceremonyId }, 'the ceremony has expired') };
    }
    return { result: started };
  },
);

/** In a transaction of its own, so that the audit log is told of it. */
const refuseAnswer = ceremony(
  'auth.proveIdentity',
  async (
    _tx,
    { ceremonyId, reason }: { ceremonyId: string; reason: string },
    context,
  ): Promise<CommandOutcome<never>> => ({ refusal: refused(context, { ceremonyId }, reason) }),
);

/** That the provider was asked in vain: in a transaction of its own too, after the one that began the ceremony or took it. */
export const tellUnreachable = ceremony(
  'auth.askIdentityProvider',
  async (
    _tx,
    { ceremonyId, provider, reason }: { ceremonyId: string; provider: string; reason: string },
    { audit, core },
  ): Promise<CommandOutcome<never>> => {
    audit({ subjects: [{ type: 'ceremony', id: ceremonyId }], data: { provider, reason } });
    core.log('error', 'an identity provider does not answer', { provider, reason });
    return { refusal: refuse('IDENTITY_PROVIDER_UNREACHABLE', { retryAfterSeconds: 30 }) };
  },
);

/** The reason is in the logs alone. */
export function refused(
  { audit, core }: CommandContext,
  { ceremonyId, userId }: { ceremonyId: string; userId?: string },
  reason: string,
): Refusal {
  const person = userId === undefined ? [] : [{ type: 'user', id: userId }];
  audit({ subjects: [{ type: 'ceremony', id: ceremonyId }, ...person], data: { reason } });
  core.log('warn', 'an identity was refused', { ceremonyId, reason });
  return refuse('IDENTITY_REFUSED', {});
}
