import type { Db } from '@errand-dash/db';
import { accessTokenKey } from './auth/index.ts';
import { createChance } from './chance.ts';
import type { Core, Log, Wake } from './core.ts';
import { createMessagePorts, type MessageSettings } from './messages/index.ts';
import { createPayments } from './payments/index.ts';
import { defaultPolicy } from './policy.ts';
import { headKey } from './seals/index.ts';
import type { CoreSettings } from './settings.ts';
import { createIdentityProvider, createPasswordHasher } from './ways-in/index.ts';

/** Who access tokens are for. */
const AUDIENCE = 'errand-dash';

/** What commands and queries are given, made of the settings and of what the process opened. */
export function createCore(settings: CoreSettings, given: { db: Db; wake: Wake; log: Log }): Core {
  const [firstKey, ...otherKeys] = settings.ACCESS_TOKEN_KEYS;
  const [headJwk, ...olderHeadJwks] = settings.LEDGER_SEAL_KEYS;
  return {
    ...given,
    random: createChance(),
    keyring: { wrapping: settings.SEALING_KEYS, blindIndexKey: settings.BLIND_INDEX_KEY },
    policy: {
      ...defaultPolicy,
      openCurrencies: settings.OPEN_CURRENCIES,
      exchange: { ...defaultPolicy.exchange, rates: settings.EXCHANGE_RATES },
    },
    auth: {
      rpId: settings.RP_ID,
      rpName: 'ErrandDash',
      origins: settings.RP_ORIGINS,
      issuer: settings.PUBLIC_URL,
      audience: AUDIENCE,
      accessTokenKeys: [accessTokenKey(firstKey), ...otherKeys.map(accessTokenKey)],
      refreshTokenKey: settings.REFRESH_TOKEN_KEY,
      decoyKey: settings.DECOY_KEY,
    },
    messages: createMessagePorts(messageSettings(settings)),
    payments: createPayments({
      secretKey: settings.PAYSTACK_SECRET_KEY,
      previousSecretKeys: settings.PAYSTACK_PREVIOUS_SECRET_KEYS,
      baseUrl: settings.PAYSTACK_BASE_URL,
    }),
    seals: {
      keys: [accessTokenKey(headJwk), ...olderHeadJwks.map(headKey)],
      headsFile: settings.LEDGER_HEADS_FILE ?? null,
      auditHeadsFile: settings.AUDIT_HEADS_FILE ?? null,
    },
    waysIn: {
      passwords:
        settings.PASSWORD_SIGN_IN === 'on'
          ? { hasher: createPasswordHasher(), breachedFile: settings.BREACHED_PASSWORDS_FILE ?? null }
          : null,
      identityProviders: settings.OIDC_PROVIDERS.map((provider) => createIdentityProvider(provider)),
    },
  };
}

function messageSettings(settings: CoreSettings): MessageSettings {
  const { SMS_PROVIDER, SMS_API_KEY, SMS_SENDER, SMS_USERNAME, SMTP_URL, MAIL_FROM } = settings;
  const sms = SMS_PROVIDER !== undefined && {
    provider: SMS_PROVIDER,
    baseUrl: settings.SMS_BASE_URL ?? smsAddresses[SMS_PROVIDER],
    apiKey: SMS_API_KEY ?? '',
    sender: SMS_SENDER ?? '',
    username: SMS_USERNAME ?? '',
  };
  const mail = SMTP_URL !== undefined && {
    provider: 'smtp' as const,
    url: SMTP_URL,
    from: MAIL_FROM ?? '',
    isTlsRequired: settings.NODE_ENV === 'production' || !isLocal(SMTP_URL),
  };
  return { sms: sms || fileOf(settings.SMS_FILE), mail: mail || fileOf(settings.MAIL_FILE) };
}

/** Termii's is each account's own, as its dashboard shows it; this is the one of its documentation. */
const smsAddresses = {
  termii: 'https://api.ng.termii.com',
  africas_talking: 'https://api.africastalking.com',
} as const;

const isLocal = (address: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);

const fileOf = (file: string | undefined) =>
  file === undefined ? null : { provider: 'file' as const, file };
