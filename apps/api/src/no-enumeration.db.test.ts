import { sentCode } from '@errand-dash/core/testing';
import { createSoftwareAuthenticator, type Deviations } from '@errand-dash/software-authenticator';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from './testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  for (const handle of ['known_person', 'suspended_person']) await register(handle);
  await sql`update users set suspended_at = created_at where handle = 'suspended_person'`.execute(
    api.database.db,
  );
});
afterAll(() => api.close());

const people = new Map<string, ReturnType<typeof createSoftwareAuthenticator>>();

/** A call as it travels: the very bytes of the answer. */
async function call(path: string, input: unknown) {
  const response = await fetch(`${api.url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ json: input }),
  });
  const text = await response.text();
  const headers = [...response.headers.keys()].sort();
  return { status: response.status, headers, text, json: JSON.parse(text).result?.data.json };
}

async function register(handle: string): Promise<void> {
  const origin = api.core.auth.origins[0] ?? '';
  const authenticator = createSoftwareAuthenticator({ origin, algorithms: ['ES256'] });
  people.set(handle, authenticator);
  const { json } = await call('auth.beginRegistration', { handle, displayName: 'Demo' });
  const response = await authenticator.create(json.options);
  const deviceId = 'demo-device-0123456789';
  await call('auth.finishRegistration', { ceremony: json.ceremony, response, deviceId });
}

async function beginSignIn(handle?: string) {
  return call('auth.beginSignIn', handle === undefined ? {} : { handle });
}

/** What of an answer is the same whoever is asked for: its members and their types, and how long each text is. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'string') return `text of ${value.length}`;
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

describe('who asks to sign in', () => {
  test('as somebody known, suspended or unknown gets answers of one shape and size', async () => {
    const known = await beginSignIn('known_person');
    const suspended = await beginSignIn('suspended_person');
    expect(known.json.options.allowCredentials).toHaveLength(1);
    expect(shapeOf(suspended)).toEqual(shapeOf(known));
    // Among names that nobody has are some of every size that a real one's answer has.
    const unknown = await Promise.all(
      Array.from({ length: 120 }, (_, index) => beginSignIn(`nobody_${index}`)),
    );
    expect(new Set(unknown.map(({ status }) => status))).toEqual(new Set([200]));
    // What is sealed is as long as what is shown lets expect, so that its length says nothing more.
    for (const { json } of unknown.filter((answer) => answer.json.options.allowCredentials.length === 1)) {
      expect(json.ceremony).toHaveLength(known.json.ceremony.length);
    }
    const shapes = unknown.map((answer) => JSON.stringify(shapeOf(answer)));
    expect(shapes).toContain(JSON.stringify(shapeOf(known)));
  });

  test('twice as the same gets the same passkeys, be there such a person or not', async () => {
    for (const handle of ['known_person', 'nobody_1']) {
      const first = await beginSignIn(handle);
      const again = await beginSignIn(handle);
      expect(again.json.options.allowCredentials).toEqual(first.json.options.allowCredentials);
    }
  });
});

describe('a sign-in that is refused', () => {
  /** Answers a ceremony of this name, or of none, with a person's passkey. */
  async function finish(
    who: string,
    given: {
      asked?: string;
      deviations?: Deviations;
      alter?: Record<string, string>;
      ceremony?: string;
    } = {},
  ) {
    const { json } = await beginSignIn(given.asked);
    const authenticator = people.get(who);
    if (authenticator === undefined) throw new Error(`nobody registered as ${who}`);
    const options = { ...json.options, allowCredentials: [] };
    const response = await authenticator.get(options, given.deviations);
    return call('auth.finishSignIn', {
      ceremony: given.ceremony ?? json.ceremony,
      response: { ...response, ...given.alter },
      deviceId: 'demo-device-0123456789',
    });
  }

  async function spentCeremony(): Promise<string> {
    const { json } = await beginSignIn();
    await finish('known_person', { ceremony: json.ceremony });
    return json.ceremony;
  }

  async function alteredCeremony(): Promise<string> {
    const bytes = Buffer.from((await beginSignIn()).json.ceremony, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    return bytes.toString('base64url');
  }

  const ceremonyOfRegistration = async (): Promise<string> =>
    (await call('auth.beginRegistration', { handle: 'nobody_yet', displayName: 'Demo' })).json.ceremony;

  test('is refused in the same words, whatever was wrong', async () => {
    const unknownId = Buffer.alloc(16, 7).toString('base64url');
    const answers = [
      await finish('known_person', { deviations: { challenge: Buffer.alloc(32).toString('base64url') } }),
      await finish('known_person', { deviations: { origin: 'https://evil.example' } }),
      await finish('known_person', { asked: 'suspended_person' }),
      await finish('known_person', { asked: 'nobody_at_all' }),
      await finish('known_person', { alter: { id: unknownId, rawId: unknownId } }),
      await finish('known_person', { ceremony: Buffer.alloc(200, 7).toString('base64url') }),
      await finish('known_person', { ceremony: 'short' }),
      await finish('known_person', { ceremony: await spentCeremony() }),
      await finish('known_person', { ceremony: await alteredCeremony() }),
      await finish('known_person', { ceremony: await ceremonyOfRegistration() }),
      await finish('suspended_person'),
      await finish('suspended_person', { asked: 'suspended_person' }),
    ];
    expect(answers[0]).toMatchObject({ status: 401 });
    expect(answers[0]?.text).toContain('SIGN_IN_REFUSED');
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    // And the same passkey enters where nothing is wrong.
    expect((await finish('known_person', { asked: 'known_person' })).status).toBe(200);
  });
});

test('a registration begins in the same way for a name that is taken and for one that is free', async () => {
  const begin = (handle: string) => call('auth.beginRegistration', { handle, displayName: 'Demo' });
  expect(shapeOf(await begin('known_person'))).toEqual(shapeOf(await begin('nobody_known')));
});

test('a code is sent in the same words to a phone that somebody has and to one that nobody has', async () => {
  const [owner, asker] = [await api.makeUser('phone_owner'), await api.makeUser('phone_asker')];
  const send = async (accessToken: string, path: string, input: object) => {
    const response = await fetch(`${api.url}/trpc/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        authorization: `Bearer ${accessToken}`,
      },
      body: JSON.stringify({ json: input }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const start = (accessToken: string, phone: string) =>
    send(accessToken, 'users.startPhoneVerification', { phone });
  const { verificationId } = (await start(owner.accessToken, '+2348031234501')).body.result.data.json;
  const code = await sentCode(api.core, '+2348031234501');
  expect(
    (await send(owner.accessToken, 'users.confirmPhoneVerification', { verificationId, code })).status,
  ).toBe(200);
  const [taken, free] = [
    await start(asker.accessToken, '+2348031234501'),
    await start(asker.accessToken, '+2348031234502'),
  ];
  expect(taken.status).toBe(200);
  expect(shapeOf(taken)).toEqual(shapeOf(free));
});
