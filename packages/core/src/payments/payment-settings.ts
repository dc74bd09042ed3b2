import { createPaystack, type Paystack } from '@errand-dash/paystack';
import { defaultPolicy } from '../policy.ts';

/** The payment provider, as core is given it. */
export interface PaymentSettings {
  paystack: Paystack;
  /** The API keys with which a webhook may be signed: the one in force, and those lately replaced. */
  webhookSecrets: readonly string[];
  /** Whether real money moves. What the provider says of the other mode is never worked. */
  mode: 'test' | 'live';
}

/** The provider by its keys and its address, with the time that one question to it may take. The mode follows from the key. */
export function createPayments(given: {
  secretKey: string;
  previousSecretKeys: readonly string[];
  baseUrl: string;
  timeoutSeconds?: number;
}): PaymentSettings {
  const {
    secretKey,
    previousSecretKeys,
    baseUrl,
    timeoutSeconds = defaultPolicy.providerWaitSeconds,
  } = given;
  return {
    paystack: createPaystack({ secretKey, baseUrl, timeoutSeconds }),
    webhookSecrets: [secretKey, ...previousSecretKeys],
    mode: secretKey.startsWith('sk_live_') ? 'live' : 'test',
  };
}
