import { randomBytes } from 'node:crypto';
import type { Db } from '@errand-dash/db';
import { accessTokenKey } from './auth/index.ts';
import type { Core, Log, Wake } from './core.ts';
import { createPayments } from './payments/index.ts';
import { defaultPolicy } from './policy.ts';
import type { CoreSettings } from './settings.ts';
import { createFileSms, type SmsPort } from './users/index.ts';

/** Who access tokens are for. */
const AUDIENCE = 'errand-dash';

/** What commands and queries are given, made of the settings and of what the process opened. */
export function createCore(settings: CoreSettings, given: { db: Db; wake: Wake; log: Log }): Core {
  const [firstKey, ...otherKeys] = settings.ACCESS_TOKEN_KEYS;
  return {
    ...given,
    random: randomBytes,
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
    sms: settings.SMS_FILE === undefined ? absentSms : createFileSms(settings.SMS_FILE),
    payments: createPayments({
      secretKey: settings.PAYSTACK_SECRET_KEY,
      previousSecretKeys: settings.PAYSTACK_PREVIOUS_SECRET_KEYS,
      baseUrl: settings.PAYSTACK_BASE_URL,
    }),
  };
}

const absentSms: SmsPort = {
  isForDevelopment: false,
  send: async () => {
    throw new Error('no way to send text messages is configured');
  },
};
