import type { Tx } from '@errand-dash/db';
import { hashDeviceId } from '../../auth/index.ts';
import type { Call } from '../../claim.ts';
import { after } from '../../clock.ts';
import { type Command, type CommandContext, ceremony } from '../../command.ts';
import type { Core } from '../../core.ts';
import { orThrow } from '../../refusal.ts';
import { seal } from '../../sealing.ts';
import { lockOwnAccount, requireSettled } from '../../users/index.ts';
import { requireFreshSession } from '../fresh-session.ts';
import { requireIdentityProvider } from '../require-way-in.ts';
import { type IdentityCeremony, saveIdentityCeremony } from './identity-ceremony.store.ts';
import type { IdentitySecrets } from './identity-provider.ts';
import { secretsPlace } from './identity-secrets.ts';
import { tellUnreachable } from './prove-identity.ts';
import { decideRedirectUrl } from './redirect-url.rules.ts';

export interface BeginProviderLink {
  provider: string;
  redirectUrl: string;
}

export interface BeginProviderSignIn extends BeginProviderLink {
  deviceId: string;
}

/** Where a person is sent, and for how long he may be there. */
export interface StartedIdentityCeremony {
  ceremonyId: string;
  url: string;
  expiresAt: Date;
}

/**
 * Sends a person to his identity provider, to come back to this device. Refuses with `WAY_IN_OFF`,
 * `IDENTITY_PROVIDER_UNKNOWN`, `REDIRECT_URL_REFUSED` or `IDENTITY_PROVIDER_UNREACHABLE`.
 */
export const beginProviderSignIn: Command<BeginProviderSignIn, StartedIdentityCeremony> = async (
  core,
  call,
  input,
) => send(core, call, await beginSignIn(core, call, input));

/** As {@link beginProviderSignIn}, to link what he is there to the account. Refuses with `SESSION_NOT_FRESH` and `ACCOUNT_COOLING` too. */
export const beginProviderLink: Command<BeginProviderLink, StartedIdentityCeremony> = async (
  core,
  call,
  input,
) => send(core, call, await beginLink(core, call, input));

const beginSignIn = ceremony(
  'auth.beginProviderSignIn',
  async (tx, { deviceId, ...input }: BeginProviderSignIn, context) => {
    const owner = { purpose: 'sign_in', sessionId: null, deviceIdHash: hashDeviceId(deviceId) } as const;
    return { result: await begin(tx, context, input, owner) };
  },
);

const beginLink = ceremony('auth.beginProviderLink', async (tx, input: BeginProviderLink, context) => {
  requireIdentityProvider(context.core, input.provider);
  const viewer = await requireFreshSession(tx, context);
  const { sessionId, userId } = viewer;
  await lockOwnAccount(tx, viewer);
  await requireSettled(tx, userId, context.now);
  return { result: await begin(tx, context, input, { purpose: 'link', sessionId, deviceIdHash: null }) };
});

interface Begun extends BeginProviderLink {
  ceremonyId: string;
  secrets: IdentitySecrets;
  expiresAt: Date;
}

async function begin(
  tx: Tx,
  context: CommandContext,
  { provider, redirectUrl }: BeginProviderLink,
  owner: Pick<IdentityCeremony, 'purpose' | 'sessionId' | 'deviceIdHash'>,
): Promise<Begun> {
  const { core, now, policy } = context;
  requireIdentityProvider(core, provider);
  orThrow(decideRedirectUrl(redirectUrl, core.auth.origins));
  const ceremonyId = context.newId();
  const expiresAt = after(now, policy.waysIn.identityCeremonySeconds);
  const secret = () => Buffer.from(context.random(SECRET_BYTES)).toString('base64url');
  const secrets: IdentitySecrets = { state: secret(), nonce: secret(), codeVerifier: secret() };
  await saveIdentityCeremony(tx, {
    ...owner,
    id: ceremonyId,
    provider,
    redirectUrl,
    // Nobody is signed in yet, so that it is sealed with the server's key.
    secretsSealed: seal(
      core.keyring.wrapping[0],
      secretsPlace(ceremonyId),
      JSON.stringify(secrets),
      core.random,
    ),
    subjectIndex: null,
    createdAt: now,
    expiresAt,
  });
  return { ceremonyId, provider, redirectUrl, secrets, expiresAt };
}

/** 256 bits, as 43 characters, which is what RFC 7636, section 4.1, asks of a code verifier. */
const SECRET_BYTES = 32;

/** After the commit, since the provider may have to be asked where its pages are. */
async function send(
  core: Core,
  call: Call,
  { ceremonyId, provider, redirectUrl, secrets, expiresAt }: Begun,
): Promise<StartedIdentityCeremony> {
  const url = await requireIdentityProvider(core, provider).addressFor(redirectUrl, secrets);
  return url === null
    ? tellUnreachable(core, call, { ceremonyId, provider, reason: 'no address to send anybody to' })
    : { ceremonyId, url, expiresAt };
}
