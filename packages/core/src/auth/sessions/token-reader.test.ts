import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { testTokenKey } from '../../testing/token-key.ts';
import { signAccessToken } from './access-token.ts';
import { createTokenReader } from './token-reader.ts';

const issuedAt = new Date('2026-01-01T12:00:00Z');
const after = (seconds: number) => new Date(issuedAt.getTime() + seconds * 1000);

const makeSettings = () => ({
  issuer: 'https://api.errand.example',
  audience: 'errand-dash',
  accessTokenKeys: [testTokenKey('first')] as const,
});

async function makeToken(settings: ReturnType<typeof makeSettings>, last = 3): Promise<string> {
  const { accessToken } = await signAccessToken(settings, {
    userId: '018f3c5a-0000-7000-8000-000000000001',
    sessionId: '018f3c5a-0000-7000-8000-000000000002',
    tokenId: `018f3c5a-0000-7000-8000-00000000000${last}`,
    now: issuedAt,
    lifetimeSeconds: 600,
  });
  return accessToken;
}

/** Settings whose key says how often it was looked at, which it is once for each signature. */
function countVerifications() {
  const settings = makeSettings();
  const [key] = settings.accessTokenKeys;
  let count = 0;
  const counted = {
    ...key,
    get publicKey() {
      count += 1;
      return key.publicKey;
    },
  };
  return { settings: { ...settings, accessTokenKeys: [counted] as const }, count: () => count };
}

test('a token that was verified is not verified again while it lives', async () => {
  const { settings, count } = countVerifications();
  const read = createTokenReader(settings);
  const token = await makeToken(settings);
  const claims = await read(token, after(0));
  expect(claims).toMatchObject({ userId: '018f3c5a-0000-7000-8000-000000000001', expiresAt: after(600) });
  expect(await read(token, after(599.999))).toEqual(claims);
  expect(count()).toBe(1);
});

test('it is refused from the instant of its expiry on', async () => {
  const settings = makeSettings();
  const read = createTokenReader(settings);
  const token = await makeToken(settings);
  expect(isRefusal(await read(token, after(1)))).toBe(false);
  for (const seconds of [600, 601]) {
    expect(await read(token, after(seconds))).toMatchObject({ code: 'ACCESS_TOKEN_INVALID' });
  }
});

test('any other string is verified by itself, though it begins like one that is known', async () => {
  const settings = makeSettings();
  const read = createTokenReader(settings);
  const token = await makeToken(settings);
  await read(token, after(0));
  const [head, claims] = token.split('.');
  const others = [
    `${token} `,
    `${token}A`,
    token.slice(0, -1),
    `${head}.${claims}.AAAA`,
    `${head}.${claims}.`,
  ];
  for (const other of others) {
    expect(await read(other, after(0))).toMatchObject({ code: 'ACCESS_TOKEN_INVALID' });
  }
});

test('what was refused is refused again', async () => {
  const read = createTokenReader(makeSettings());
  const foreign = await makeToken(makeSettings());
  for (const _ of [1, 2])
    expect(await read(foreign, after(0))).toMatchObject({ code: 'ACCESS_TOKEN_INVALID' });
});

test('it remembers so many and forgets the oldest', async () => {
  const { settings, count } = countVerifications();
  const read = createTokenReader(settings, 2);
  const [one, two, three] = [
    await makeToken(settings, 1),
    await makeToken(settings, 2),
    await makeToken(settings, 3),
  ];
  for (const token of [one, two, three, two, three]) await read(token, after(0));
  expect(count()).toBe(3);
  await read(one, after(0));
  expect(count()).toBe(4);
});
