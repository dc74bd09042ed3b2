import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { coreSettings, type Environment, readSettings, SettingsInvalid } from './settings.ts';

const key = () => randomBytes(32).toString('base64');

function tokenKeys(...kids: string[]): string {
  const keys = kids.map((kid) => {
    const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    return { kty: 'OKP', crv: 'Ed25519', kid, x, d };
  });
  return JSON.stringify(keys);
}

const good: Environment = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://app:demo@db.example/errands?sslmode=verify-full',
  PUBLIC_URL: 'https://api.example',
  RP_ID: 'app.example',
  RP_ORIGINS: 'https://app.example, https://www.example',
  PAYSTACK_SECRET_KEY: 'sk_live_demo',
  SEALING_KEYS: `k2:${key()},k1:${key()}`,
  BLIND_INDEX_KEY: key(),
  ACCESS_TOKEN_KEYS: tokenKeys('a', 'b'),
  LEDGER_SEAL_KEYS: tokenKeys('c', 'd'),
  LEDGER_HEADS_FILE: '/mnt/heads/ledger.jsonl',
  AUDIT_HEADS_FILE: '/mnt/heads/audit.jsonl',
  REFRESH_TOKEN_KEY: key(),
  DECOY_KEY: key(),
  SMS_PROVIDER: 'africas_talking',
  SMS_API_KEY: 'demo-key',
  SMS_SENDER: 'ErrandDash',
  SMS_USERNAME: 'errand-dash',
  SMTP_URL: 'smtps://demo:demo@mail.example',
  MAIL_FROM: 'ErrandDash <hello@errand-dash.example>',
};

function problemsOf(changed: Environment): string[] {
  try {
    readSettings(coreSettings, { ...good, ...changed });
    return [];
  } catch (error) {
    if (error instanceof SettingsInvalid) return [...error.problems];
    throw error;
  }
}

test('good settings are read into what core needs', () => {
  const settings = readSettings(coreSettings, { ...good, PAYSTACK_PREVIOUS_SECRET_KEYS: 'sk_live_old' });
  expect(settings.RP_ORIGINS).toEqual(['https://app.example', 'https://www.example']);
  expect(settings.SEALING_KEYS.map(({ id, key: bytes }) => [id, bytes.length])).toEqual([
    ['k2', 32],
    ['k1', 32],
  ]);
  expect(settings.ACCESS_TOKEN_KEYS.map(({ kid }) => kid)).toEqual(['a', 'b']);
  expect(settings.PAYSTACK_PREVIOUS_SECRET_KEYS).toEqual(['sk_live_old']);
  expect(settings.PAYSTACK_BASE_URL).toBe('https://api.paystack.co');
  expect(settings.BLIND_INDEX_KEY).toHaveLength(32);
});

test('currencies and rates are read as data', () => {
  const none = readSettings(coreSettings, good);
  expect([none.OPEN_CURRENCIES, none.EXCHANGE_RATES]).toEqual([['NGN'], []]);
  const settings = readSettings(coreSettings, {
    ...good,
    OPEN_CURRENCIES: 'NGN, KWD',
    EXCHANGE_RATES:
      'NGN/KWD 0.0002 2026-03-01T01:00:00+01:00 treasury, KWD/NGN 4990 2026-03-02T00:00:00Z desk',
  });
  expect(settings.OPEN_CURRENCIES).toEqual(['NGN', 'KWD']);
  expect(settings.EXCHANGE_RATES).toEqual([
    {
      sold: 'NGN',
      bought: 'KWD',
      rate: '0.0002',
      from: new Date('2026-03-01T00:00:00Z'),
      source: 'treasury',
    },
    { sold: 'KWD', bought: 'NGN', rate: '4990', from: new Date('2026-03-02T00:00:00Z'), source: 'desk' },
  ]);
});

test.each([
  'NGN/USD 0.00065',
  'NGN/USD 0 2026-03-01T00:00:00Z desk',
  'NGN/USD 0.000 2026-03-01T00:00:00Z desk',
  'NGN/USD -1 2026-03-01T00:00:00Z desk',
  'NGN/USD 1e3 2026-03-01T00:00:00Z desk',
  'NGN/USD .5 2026-03-01T00:00:00Z desk',
  'NGN/USD 0.0000000000001 2026-03-01T00:00:00Z desk',
  'NGN/NGN 1 2026-03-01T00:00:00Z desk',
  'NGN/XAU 1 2026-03-01T00:00:00Z desk',
  'NGN/USD 1 2026-03-01 desk',
  'NGN/USD 1 2026-02-30T00:00:00Z desk',
])('%s is no rate', (rate) => {
  expect(problemsOf({ EXCHANGE_RATES: rate })).toEqual([
    'EXCHANGE_RATES must have the form NGN/USD 0.00065 2026-03-01T00:00:00Z source',
  ]);
});

test('a currency that nobody knows is not opened', () => {
  expect(problemsOf({ OPEN_CURRENCIES: 'NGN,BTC' })).toEqual([
    'OPEN_CURRENCIES must be of NGN, GHS, KES, USD, JPY, KWD',
  ]);
});

test('ways in beside passkeys are off unless they are switched on, and production wants a list and https for them', () => {
  const off = readSettings(coreSettings, good);
  expect([off.PASSWORD_SIGN_IN, off.BREACHED_PASSWORDS_FILE, off.OIDC_PROVIDERS]).toEqual([
    'off',
    undefined,
    [],
  ]);
  const provider = {
    id: 'acme',
    issuer: 'https://id.example',
    clientId: 'demo',
    clientSecret: 'demo-secret',
  };
  const on = {
    PASSWORD_SIGN_IN: 'on',
    BREACHED_PASSWORDS_FILE: '/srv/list.txt',
    OIDC_PROVIDERS: JSON.stringify([provider]),
  };
  expect(problemsOf(on)).toEqual([]);
  expect(readSettings(coreSettings, { ...good, ...on }).OIDC_PROVIDERS).toMatchObject([provider]);
  const plain = JSON.stringify([{ ...provider, issuer: 'http://localhost:9' }]);
  expect(problemsOf({ PASSWORD_SIGN_IN: 'on', OIDC_PROVIDERS: plain })).toEqual([
    'BREACHED_PASSWORDS_FILE must be set where PASSWORD_SIGN_IN is on in production',
    'OIDC_PROVIDERS must be https in production',
  ]);
  expect(problemsOf({ PASSWORD_SIGN_IN: 'yes' })).toEqual([expect.stringContaining('PASSWORD_SIGN_IN')]);
  expect(problemsOf({ OIDC_PROVIDERS: '[{"id":"acme","clientId":"demo"}]' })).toEqual([
    expect.stringMatching(/^OIDC_PROVIDERS must be a JSON array/),
  ]);
});

test('an empty value counts as none', () => {
  expect(problemsOf({ SMS_FILE: '', PAYSTACK_PREVIOUS_SECRET_KEYS: '' })).toEqual([]);
  expect(problemsOf({ DECOY_KEY: '' })).toEqual(['DECOY_KEY is missing']);
});

test('every problem is told at once, by its name', () => {
  const problems = problemsOf({
    DATABASE_URL: undefined,
    RP_ID: 'Not A Domain',
    SEALING_KEYS: 'short:AAAA',
    REFRESH_TOKEN_KEY: undefined,
    PAYSTACK_SECRET_KEY: 'sk_test_demo',
  });
  expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
    'DATABASE_URL',
    'PAYSTACK_SECRET_KEY',
    'REFRESH_TOKEN_KEY',
    'RP_ID',
    'SEALING_KEYS',
  ]);
});

test('no problem quotes a value', () => {
  const secret = 'sk_wrong_8f3a1c';
  const problems = problemsOf({ PAYSTACK_SECRET_KEY: secret, DECOY_KEY: secret, RP_ORIGINS: secret });
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toContain('8f3a1c');
});

/** The same keys, one of them without its private half. */
function withoutPrivate(keys: string, place: number): string {
  const jwks = JSON.parse(keys) as { d?: string }[];
  delete jwks[place]?.d;
  return JSON.stringify(jwks);
}

test('a key that signs no heads any more may be there without its private half', () => {
  const settings = readSettings(coreSettings, {
    ...good,
    LEDGER_SEAL_KEYS: withoutPrivate(tokenKeys('now', 'once'), 1),
  });
  expect(settings.LEDGER_SEAL_KEYS.map(({ kid, d }) => [kid, d !== undefined])).toEqual([
    ['now', true],
    ['once', false],
  ]);
});

describe('refused everywhere', () => {
  const reused = key();
  const reusedSigning = tokenKeys('a');
  test.each<[string, Environment]>([
    ['BLIND_INDEX_KEY', { BLIND_INDEX_KEY: randomBytes(31).toString('base64') }],
    ['BLIND_INDEX_KEY', { BLIND_INDEX_KEY: Buffer.alloc(32, 7).toString('base64') }],
    ['BLIND_INDEX_KEY', { BLIND_INDEX_KEY: 'not base64 at all, though it is long enough' }],
    ['DECOY_KEY', { REFRESH_TOKEN_KEY: reused, DECOY_KEY: reused }],
    ['REFRESH_TOKEN_KEY', { SEALING_KEYS: `k1:${reused}`, REFRESH_TOKEN_KEY: reused }],
    ['SEALING_KEYS', { SEALING_KEYS: `k1:${key()},k1:${key()}` }],
    ['SEALING_KEYS', { SEALING_KEYS: `Not An Id:${key()}` }],
    ['RP_ORIGINS', { RP_ORIGINS: 'https://app.example/path' }],
    ['ACCESS_TOKEN_KEYS', { ACCESS_TOKEN_KEYS: tokenKeys('a', 'a') }],
    ['ACCESS_TOKEN_KEYS', { ACCESS_TOKEN_KEYS: '[]' }],
    ['ACCESS_TOKEN_KEYS', { ACCESS_TOKEN_KEYS: '{' }],
    ['LEDGER_SEAL_KEYS', { LEDGER_SEAL_KEYS: '[]' }],
    ['LEDGER_SEAL_KEYS', { LEDGER_SEAL_KEYS: withoutPrivate(tokenKeys('a', 'b'), 0) }],
    ['LEDGER_SEAL_KEYS', { ACCESS_TOKEN_KEYS: reusedSigning, LEDGER_SEAL_KEYS: reusedSigning }],
    ['DATABASE_CONNECTIONS_MAX', { DATABASE_CONNECTIONS_MAX: '1' }],
    ['DATABASE_CONNECTIONS_MAX', { DATABASE_CONNECTIONS_MAX: 'many' }],
    ['NODE_ENV', { NODE_ENV: 'prod' }],
    ['SMS_PROVIDER', { SMS_PROVIDER: 'pigeon', SMS_USERNAME: undefined }],
    ['SMS_API_KEY', { SMS_API_KEY: undefined }],
    ['SMS_SENDER', { SMS_SENDER: undefined }],
    ['SMS_SENDER', { SMS_SENDER: 'a name that is too long' }],
    ['SMS_USERNAME', { SMS_USERNAME: undefined }],
    ['SMS_BASE_URL', { SMS_BASE_URL: 'ftp://sms.example' }],
    ['SMTP_URL', { SMTP_URL: 'https://mail.example' }],
    ['MAIL_FROM', { MAIL_FROM: undefined }],
    ['MAIL_FROM', { MAIL_FROM: 'ErrandDash' }],
    ['MAIL_FROM', { MAIL_FROM: 'A <a@b.example>\r\nBcc: c@d.example' }],
  ])('%s: %o', (name, changed) => {
    const problems = problemsOf(changed);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} `));
  });

  test('a token key whose halves are of two pairs', () => {
    const [first, second] = JSON.parse(tokenKeys('a', 'b')) as { x: string }[];
    const mixed = JSON.stringify([{ ...first, x: second?.x }]);
    expect(problemsOf({ ACCESS_TOKEN_KEYS: mixed })).toHaveLength(1);
  });
});

describe('in production', () => {
  const open: [string, Environment][] = [
    ['PAYSTACK_SECRET_KEY', { PAYSTACK_SECRET_KEY: 'sk_test_demo' }],
    ['PAYSTACK_PREVIOUS_SECRET_KEYS', { PAYSTACK_PREVIOUS_SECRET_KEYS: 'sk_live_old,sk_test_demo' }],
    ['PAYSTACK_BASE_URL', { PAYSTACK_BASE_URL: 'http://127.0.0.1:4002' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://api.example' }],
    ['RP_ORIGINS', { RP_ORIGINS: 'https://app.example,http://localhost:3000' }],
    ['SMS_FILE', { SMS_FILE: '/tmp/demo-sms.jsonl' }],
    ['MAIL_FILE', { MAIL_FILE: '/tmp/demo-mail.jsonl' }],
    ['SMS_PROVIDER', { SMS_PROVIDER: undefined }],
    ['SMTP_URL', { SMTP_URL: undefined }],
    ['SMS_BASE_URL', { SMS_BASE_URL: 'http://sms.example' }],
    ['LEDGER_HEADS_FILE', { LEDGER_HEADS_FILE: undefined }],
    ['LEDGER_HEADS_FILE', { LEDGER_HEADS_FILE: '' }],
    ['AUDIT_HEADS_FILE', { AUDIT_HEADS_FILE: undefined }],
    ['BLIND_INDEX_KEY', { BLIND_INDEX_KEY: `development:${key()}` }],
    ['REFRESH_TOKEN_KEY', { REFRESH_TOKEN_KEY: `development:${key()}` }],
    ['DECOY_KEY', { DECOY_KEY: `development:${key()}` }],
    ['SEALING_KEYS', { SEALING_KEYS: `k1:${key()},development-1:${key()}` }],
    ['ACCESS_TOKEN_KEYS', { ACCESS_TOKEN_KEYS: tokenKeys('development-1') }],
    ['LEDGER_SEAL_KEYS', { LEDGER_SEAL_KEYS: tokenKeys('a', 'development-1') }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:demo@db.example/errands' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:demo@db.example/errands?sslmode=disable' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:demo@localhost/errands?host=db.example' }],
  ];

  test.each(open)('%s is refused: %o', (name, changed) => {
    const problems = problemsOf(changed);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} `));
  });

  test.each(open)('%s is taken in development: %o', (_name, changed) => {
    expect(problemsOf({ ...changed, NODE_ENV: 'development' })).toEqual([]);
  });

  test('Termii needs no name of an application', () => {
    expect(problemsOf({ SMS_PROVIDER: 'termii', SMS_USERNAME: undefined })).toEqual([]);
  });

  test('a database on this machine needs no TLS', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://app:demo@127.0.0.1:5432/errands' })).toEqual([]);
  });
});
