import { type Currency, currency, currencyCodes } from '@errand-dash/contract';
import { z } from 'zod';
import { type AccessTokenJwk, accessTokenKey } from './auth/index.ts';
import { isRate } from './exchange/index.ts';
import { defaultPolicy, type ExchangeRate } from './policy.ts';
import type { SealingKey } from './sealing.ts';
import { type HeadJwk, headKey } from './seals/index.ts';
import { type IdentityProviderSettings, identityProvidersSetting } from './ways-in/index.ts';

const PAYSTACK_KEY = /^sk_(test|live)_[A-Za-z0-9_-]+$/;
const PAYSTACK_KEY_FORM = 'must be sk_test_… or sk_live_…';

/**
 * What core needs to know of its surroundings, by the names of the environment. Both apps read it with
 * {@link readSettings}, each with its own names beside.
 */
export const coreSettings = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** `virtual`: time can be moved on by the operations port. For development only. */
  CLOCK: z.enum(['real', 'virtual']).default('real'),
  /** The application's login, never the owner's. */
  DATABASE_URL: addressOf('postgres:', 'postgresql:'),
  DATABASE_CONNECTIONS_MAX: z.coerce
    .number<string>({ error: 'must be a number' })
    .pipe(z.int({ error: 'must be a whole number' }).min(2).max(200))
    .default(10),
  /** `off` behind a pooler that gives a connection to others between two transactions and keeps no statements. */
  DATABASE_PREPARED_STATEMENTS: z.enum(['on', 'off']).default('on'),
  /** Where clients reach the API; also the issuer of access tokens. */
  PUBLIC_URL: addressOf('http:', 'https:'),
  /** The domain that passkeys belong to. */
  RP_ID: text().regex(/^[a-z0-9.-]{1,253}$/, { error: 'must be a domain in lower case' }),
  /** The origins from which passkeys may be used, separated by commas. */
  RP_ORIGINS: listOf(origin),
  PAYSTACK_SECRET_KEY: text().regex(PAYSTACK_KEY, { error: PAYSTACK_KEY_FORM }),
  /** Keys that were replaced less than 72 hours ago, separated by commas: webhooks may still be signed with them. */
  PAYSTACK_PREVIOUS_SECRET_KEYS: listOf(paystackKey)
    .optional()
    .transform((keys): readonly string[] => keys ?? []),
  PAYSTACK_BASE_URL: addressOf('http:', 'https:').default('https://api.paystack.co'),
  /** The currencies that people may keep money in, separated by commas. */
  OPEN_CURRENCIES: listOf(openCurrency)
    .optional()
    .transform((list): readonly Currency[] => list ?? defaultPolicy.openCurrencies),
  /** `NGN/USD 0.00065 2026-03-01T00:00:00Z source`, separated by commas. Unset: nothing is exchanged. */
  EXCHANGE_RATES: listOf(exchangeRate)
    .optional()
    .transform((rates): readonly ExchangeRate[] => rates ?? []),
  /** `id:base64` of 32 random bytes, separated by commas. The first seals, all of them open. */
  SEALING_KEYS: listOf(namedKey).refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, {
    error: 'must have a different id for each key',
  }),
  BLIND_INDEX_KEY: secretKey(),
  /** One or more private Ed25519 keys as JWK, in a JSON array. The first signs, all of them verify. */
  ACCESS_TOKEN_KEYS: text().transform(readTokenKeys),
  /**
   * One or more Ed25519 keys as JWK, in a JSON array. The first signs the heads of sealed batches, all of them verify;
   * of one that signs no more the public half is enough, and it stays for as long as its heads are to be verified.
   */
  LEDGER_SEAL_KEYS: text().transform(readHeadKeys),
  /**
   * The files to which the workers add every head, of the ledger and of the audit log. Production requires them: without
   * them nobody can tell that the newest batches were cut off.
   */
  LEDGER_HEADS_FILE: text().optional(),
  AUDIT_HEADS_FILE: text().optional(),
  REFRESH_TOKEN_KEY: secretKey(),
  /** From which the passkeys are derived that are shown for people who do not exist. */
  DECOY_KEY: secretKey(),
  /** The file to which text messages are written instead of being sent. For development only. */
  SMS_FILE: text().optional(),
  /** The file to which mails are written instead of being sent. For development only. */
  MAIL_FILE: text().optional(),
  /** Who sends text messages. */
  SMS_PROVIDER: z
    .enum(['termii', 'africas_talking'], { error: 'must be termii or africas_talking' })
    .optional(),
  SMS_API_KEY: text().optional(),
  /** The sender that is registered with the provider. */
  SMS_SENDER: text()
    .regex(/^[A-Za-z0-9 ]{3,11}$/, { error: 'must be 3 to 11 letters and digits' })
    .optional(),
  /** The name of the application, which Africa's Talking wants to know. */
  SMS_USERNAME: text().optional(),
  SMS_BASE_URL: addressOf('http:', 'https:').optional(),
  /** `smtps://user:password@host`, or `smtp://…` with STARTTLS. */
  SMTP_URL: addressOf('smtp:', 'smtps:').optional(),
  MAIL_FROM: text()
    .regex(/^[^<>\r\n@]*<?[^<>\s@]+@[^<>\s@]+>?$/, { error: 'must be a sender such as Name <hello@host>' })
    .optional(),
  /** Whether people may sign in by password and a second factor. */
  PASSWORD_SIGN_IN: z.enum(['on', 'off']).default('off'),
  /** A list of breached passwords, none of which may be set: lines `SHA1:count`, ordered by hash. */
  BREACHED_PASSWORDS_FILE: text().optional(),
  /** Identity providers by which people may sign in, in a JSON array. */
  OIDC_PROVIDERS: identityProvidersSetting
    .optional()
    .transform((providers): readonly IdentityProviderSettings[] => providers ?? []),
});

/** Settings that cannot be used. The message lists every problem by its name and holds no value. */
export class SettingsInvalid extends Error {
  readonly code = 'SETTINGS_INVALID';
  override readonly name = 'SettingsInvalid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The environment, as the process has it. An empty value counts as none. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings that a schema names, which is {@link coreSettings} or extends it.
 * Throws {@link SettingsInvalid} with all problems at once, those of production among them.
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map(problemOf),
    ...sharedKeys(given),
    ...missingBeside(given),
  ];
  if (given.NODE_ENV === 'production') problems.push(...productionProblems(given));
  if (problems.length > 0 || !parsed.success) throw new SettingsInvalid(problems);
  return parsed.data;
}

export type CoreSettings = z.output<typeof coreSettings>;

function text() {
  return z.string({ error: 'is missing' });
}

function addressOf(...protocols: string[]) {
  const isSuch = (value: string) => URL.canParse(value) && protocols.includes(new URL(value).protocol);
  return text().refine(isSuch, {
    error: `must be an address that begins with ${protocols.join('// or ')}//`,
  });
}

type ItemReader<T> = (item: string, problem: (message: string) => void) => T;

function listOf<T>(readItem: ItemReader<T>) {
  return text().transform((value, context): [T, ...T[]] => {
    const problem = (message: string) => context.addIssue({ code: 'custom', message });
    const [first = '', ...others] = value.split(',').map((item) => item.trim());
    return [readItem(first, problem), ...others.map((item) => readItem(item, problem))];
  });
}

function origin(item: string, problem: (message: string) => void): string {
  if (!URL.canParse(item) || new URL(item).origin !== item)
    problem('must be origins such as https://app.example');
  return item;
}

function paystackKey(item: string, problem: (message: string) => void): string {
  if (!PAYSTACK_KEY.test(item)) problem(PAYSTACK_KEY_FORM);
  return item;
}

function openCurrency(item: string, problem: (message: string) => void): Currency {
  const code = currency.safeParse(item);
  if (!code.success) problem(`must be of ${currencyCodes.join(', ')}`);
  return item as Currency;
}

function exchangeRate(item: string, problem: (message: string) => void): ExchangeRate {
  const [, sold = '', bought = '', rate = '', from = '', source = ''] =
    /^([A-Z]{3})\/([A-Z]{3}) (\S+) (\S+) (\S{1,60})$/.exec(item) ?? [];
  const isPair = [sold, bought].every((code) => currency.safeParse(code).success) && sold !== bought;
  if (!isPair || !isRate(rate) || !z.iso.datetime({ offset: true }).safeParse(from).success) {
    problem('must have the form NGN/USD 0.00065 2026-03-01T00:00:00Z source');
  }
  return { sold: sold as Currency, bought: bought as Currency, rate, from: new Date(from), source };
}

function namedKey(item: string, problem: (message: string) => void): SealingKey {
  const [id = '', ...rest] = item.split(':');
  if (!/^[a-z0-9-]{1,40}$/.test(id)) problem('must have the form id:base64, the id of a-z, 0-9 and -');
  return { id, key: readKey(rest.join(':'), problem) };
}

function secretKey() {
  return text().transform((value, context) =>
    readKey(value.replace(DEVELOPMENT_MARK, ''), (message) => context.addIssue({ code: 'custom', message })),
  );
}

/** What a key begins with that was made for development. Production refuses it wherever it stands. */
const DEVELOPMENT_MARK = /^development[:-]/;
const KEY_BYTES = 32;

function readKey(base64: string, problem: (message: string) => void): Uint8Array {
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(base64);
  const key = Buffer.from(base64, 'base64');
  if (!isBase64 || key.length !== KEY_BYTES) problem(`must be ${KEY_BYTES} random bytes in base64`);
  // Of 32 random bytes about 30 differ; fewer than 16 do once in 10^17 times, or in a key that somebody typed.
  else if (new Set(key).size < 16) problem('must be random: too few of its bytes differ');
  return key;
}

const tokenKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  d: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  alg: z.literal('EdDSA').optional(),
  use: z.literal('sig').optional(),
});

const tokenKeys = keysOf(tokenKey);
const headKeys = keysOf(tokenKey.partial({ d: true }));

function keysOf<Key extends z.ZodType<{ kid: string }>>(key: Key) {
  return z
    .array(key)
    .min(1)
    .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length);
}

function readTokenKeys(value: string, context: z.RefinementCtx): [AccessTokenJwk, ...AccessTokenJwk[]] {
  const { data = [] } = tokenKeys.safeParse(parseJson(value));
  const [first, ...others] = data.map(({ kty, crv, kid, x, d }) => ({ kty, crv, kid, x, d }));
  if (first !== undefined && [first, ...others].every(isKeyPair)) return [first, ...others];
  context.addIssue({
    code: 'custom',
    message: 'must be a JSON array of private Ed25519 JWKs with different kid',
  });
  return z.NEVER;
}

function readHeadKeys(value: string, context: z.RefinementCtx): [AccessTokenJwk, ...HeadJwk[]] {
  const { data = [] } = headKeys.safeParse(parseJson(value));
  const [first, ...others] = data.map(({ kty, crv, kid, x, d }) => ({ kty, crv, kid, x, d }));
  if (first?.d !== undefined && [first, ...others].every(isHeadKey))
    return [{ ...first, d: first.d }, ...others];
  context.addIssue({
    code: 'custom',
    message: 'must be a JSON array of Ed25519 JWKs with different kid, the first of them private',
  });
  return z.NEVER;
}

function isHeadKey(key: HeadJwk): boolean {
  try {
    return headKey(key).id === key.kid;
  } catch {
    return false;
  }
}

function isKeyPair(key: AccessTokenJwk): boolean {
  try {
    return accessTokenKey(key).id === key.kid;
  } catch {
    return false;
  }
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function problemOf(issue: z.core.$ZodIssue): string {
  return `${issue.path.map(String).join('.')} ${issue.message}`;
}

/** One key in two places makes the loss of either the loss of both. */
function sharedKeys(given: Environment): string[] {
  const names = ['BLIND_INDEX_KEY', 'REFRESH_TOKEN_KEY', 'DECOY_KEY'] as const;
  const sealing = (given.SEALING_KEYS ?? '').split(',').map((item) => item.trim().replace(/^[^:]*:/, ''));
  const signing = (name: string) => publicHalves(given[name]);
  const isSigningShared = signing('LEDGER_SEAL_KEYS').some((key) =>
    signing('ACCESS_TOKEN_KEYS').includes(key),
  );
  const shared = isSigningShared ? ['LEDGER_SEAL_KEYS must differ from the keys of access tokens'] : [];
  const secrets = names.flatMap((name, index) => {
    const value = given[name];
    if (value === undefined) return [];
    const others = [...sealing, ...names.slice(0, index).map((other) => given[other])];
    return others.includes(value) ? [`${name} must differ from the other keys`] : [];
  });
  return [...secrets, ...shared];
}

/** What a way to send messages needs besides. */
function missingBeside(given: Environment): string[] {
  const needed: [string, string, boolean][] = [
    ['SMS_API_KEY', 'SMS_PROVIDER', given.SMS_PROVIDER !== undefined],
    ['SMS_SENDER', 'SMS_PROVIDER', given.SMS_PROVIDER !== undefined],
    ['SMS_USERNAME', 'SMS_PROVIDER=africas_talking', given.SMS_PROVIDER === 'africas_talking'],
    ['MAIL_FROM', 'SMTP_URL', given.SMTP_URL !== undefined],
  ];
  return needed.flatMap(([name, beside, isNeeded]) =>
    isNeeded && given[name] === undefined ? [`${name} is missing beside ${beside}`] : [],
  );
}

const publicHalves = (keys: string | undefined): string[] =>
  [...(keys ?? '').matchAll(/"x"\s*:\s*"([A-Za-z0-9_-]{43})"/g)].map(([, x = '']) => x);

/** What would be an open door where real money moves. */
function productionProblems(given: Environment): string[] {
  const problems: string[] = [];
  const refuseIf = (isBad: boolean, problem: string) => {
    if (isBad) problems.push(`${problem} in production`);
  };
  for (const name of ['PAYSTACK_SECRET_KEY', 'PAYSTACK_PREVIOUS_SECRET_KEYS']) {
    refuseIf(/sk_test_/.test(given[name] ?? ''), `${name} must not be a test key`);
  }
  for (const name of ['PUBLIC_URL', 'PAYSTACK_BASE_URL', 'RP_ORIGINS', 'SMS_BASE_URL']) {
    refuseIf(/(^|,)\s*http:/.test(given[name] ?? ''), `${name} must be https`);
  }
  for (const name of ['BLIND_INDEX_KEY', 'REFRESH_TOKEN_KEY', 'DECOY_KEY']) {
    refuseIf(DEVELOPMENT_MARK.test(given[name] ?? ''), `${name} must not be a development key`);
  }
  const ids = (given.SEALING_KEYS ?? '').split(',').map((item) => item.trim());
  refuseIf(
    ids.some((id) => DEVELOPMENT_MARK.test(id)),
    'SEALING_KEYS must not hold a development key',
  );
  for (const name of ['ACCESS_TOKEN_KEYS', 'LEDGER_SEAL_KEYS']) {
    refuseIf(
      /"kid"\s*:\s*"development[-:"]/.test(given[name] ?? ''),
      `${name} must not hold a development key`,
    );
  }
  refuseIf(given.CLOCK === 'virtual', 'CLOCK must not be virtual');
  refuseIf(given.RATE_LIMITS === 'off', 'RATE_LIMITS must not be off');
  refuseIf(given.SMS_FILE !== undefined, 'SMS_FILE must not be set');
  refuseIf(given.MAIL_FILE !== undefined, 'MAIL_FILE must not be set');
  // Without them nobody could verify a phone, nor be told that his account was recovered.
  refuseIf(given.SMS_PROVIDER === undefined, 'SMS_PROVIDER must be set');
  refuseIf(given.SMTP_URL === undefined, 'SMTP_URL must be set');
  // A chain that was cut off at its end is whole by itself; only heads that were kept elsewhere tell.
  for (const name of ['LEDGER_HEADS_FILE', 'AUDIT_HEADS_FILE']) {
    refuseIf(given[name] === undefined, `${name} must be set`);
  }
  const lacksList = given.PASSWORD_SIGN_IN === 'on' && given.BREACHED_PASSWORDS_FILE === undefined;
  refuseIf(lacksList, 'BREACHED_PASSWORDS_FILE must be set where PASSWORD_SIGN_IN is on');
  refuseIf(/"http:/.test(given.OIDC_PROVIDERS ?? ''), 'OIDC_PROVIDERS must be https');
  refuseIf(isRemoteWithoutTls(given.DATABASE_URL), 'DATABASE_URL must ask for TLS (sslmode=verify-full)');
  return problems;
}

function isRemoteWithoutTls(address: string | undefined): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const { hostname, searchParams } = new URL(address);
  // A host in the query is a socket's folder or overrides the one before the path, as libpq reads it.
  const host = searchParams.get('host') ?? hostname;
  const isLocal =
    host === '' || host.startsWith('/') || /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host);
  return !isLocal && searchParams.get('sslmode') !== 'verify-full';
}
