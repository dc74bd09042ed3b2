import { identityProviderId } from '@errand-dash/contract';
import { z } from 'zod';

/** An identity provider as the settings name it. */
export interface IdentityProviderSettings {
  id: string;
  /** What people are shown. */
  name: string;
  issuer: string;
  clientId: string;
  /** Without one the client is public, and PKCE alone protects the code. */
  clientSecret: string | null;
  scopes: readonly string[];
  /** Where the provider's discovery document does not say it. */
  tokenEndpoint: string | null;
}

/**
 * What is known of providers by their id. Whatever is here may be left out of the settings.
 *
 * Facebook speaks OpenID Connect's code flow with PKCE (developers.facebook.com, "OIDC Code Flow with PKCE for Manually
 * Built Facebook Login Flows", which calls it in testing), but its discovery document names no token endpoint, and it
 * does not say whether its ID tokens have an `email_verified`: as with every issuer, an address counts as verified only
 * where the token itself says true. Facebook versions that endpoint, so that `tokenEndpoint` in the settings goes
 * before the one here.
 */
const presets: Readonly<Record<string, Partial<IdentityProviderSettings>>> = {
  google: { name: 'Google', issuer: 'https://accounts.google.com', scopes: ['openid', 'email'] },
  facebook: {
    name: 'Facebook',
    issuer: 'https://www.facebook.com',
    scopes: ['openid', 'email'],
    tokenEndpoint: 'https://graph.facebook.com/oauth/access_token',
  },
};

const PROBLEM =
  'must be a JSON array of {"id", "clientId", "clientSecret"?, "name"?, "issuer"?, "scopes"?, "tokenEndpoint"?}, each id once; the issuer may be left out for google and facebook alone, and must be https';

const address = z.string().refine(isSafeAddress);
const given = z.array(
  z.strictObject({
    id: identityProviderId,
    clientId: z.string().min(1),
    clientSecret: z.string().min(1).optional(),
    name: z.string().min(1).max(60).optional(),
    issuer: address.optional(),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).optional(),
    tokenEndpoint: address.optional(),
  }),
);

/** Reads the setting `OIDC_PROVIDERS`. */
export const identityProvidersSetting = z.string().transform((value, context): IdentityProviderSettings[] => {
  const { data } = given.safeParse(parseJson(value));
  const complete = data?.map(completed) ?? [];
  const isEachOnce = new Set(complete.map((provider) => provider?.id)).size === complete.length;
  const providers = complete.filter((provider) => provider !== null);
  if (data !== undefined && isEachOnce && providers.length === complete.length) return providers;
  context.addIssue({ code: 'custom', message: PROBLEM });
  return z.NEVER;
});

function completed(settings: z.output<typeof given>[number]): IdentityProviderSettings | null {
  const preset = presets[settings.id] ?? {};
  const { id, clientId, clientSecret = null } = settings;
  const issuer = settings.issuer ?? preset.issuer;
  if (issuer === undefined) return null;
  const scopes = settings.scopes ?? preset.scopes ?? ['openid', 'email'];
  return {
    id,
    name: settings.name ?? preset.name ?? id,
    issuer,
    clientId,
    clientSecret,
    scopes: scopes.includes('openid') ? scopes : ['openid', ...scopes],
    tokenEndpoint: settings.tokenEndpoint ?? preset.tokenEndpoint ?? null,
  };
}

/** Plain HTTP for this machine alone, which is for development. */
export const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);

function isSafeAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  return isSafe && url.username === '' && url.password === '' && url.hash === '' && url.search === '';
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
