import { coreSettings, readSettings } from '@errand-dash/core';
import { z } from 'zod';
import { rateLimitSetting } from './rate-limits.ts';

const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number<string>({ error: 'must be a number' })
    .pipe(z.int({ error: 'must be a whole number' }).min(min).max(max));

/** What the API needs to know of its surroundings, beside what core does. */
const apiSettings = coreSettings.extend({
  /** The interface that the public port binds. All of them is `0.0.0.0`. */
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  /** Detailed health and the platform's balances, on this machine alone. */
  OPS_PORT: wholeNumber(0, 65_535).default(4001),
  /** How many proxies in front are ours: so many addresses of X-Forwarded-For are believed. */
  PROXY_HOPS: wholeNumber(0, 10).default(0),
  /** `on`, `off`, or bounds that differ from the starting values, such as `signIn.address=60/60`. */
  RATE_LIMITS: rateLimitSetting.prefault('on'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type ApiSettings = z.output<typeof apiSettings>;

/** Reads the environment once. Throws `SettingsInvalid` with all problems at once. */
export const readApiSettings = (): ApiSettings => readSettings(apiSettings, process.env);
