import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refusalOf } from '../../testing/refusal-of.ts';
import type { TestCore } from '../../testing/test-core.ts';
import { identityRefused, makeProviderScene, type ProviderScene } from '../testing/provider-scene.ts';

let scene: ProviderScene;
let core: TestCore;

beforeAll(async () => {
  scene = await makeProviderScene();
  core = scene.core;
});
afterAll(() => scene.close());
beforeEach(() => {
  scene.reasons.length = 0;
});
afterEach(() => scene.server.fail(null));

const unreachable = { code: 'IDENTITY_PROVIDER_UNREACHABLE', details: { retryAfterSeconds: 30 } };

describe('an ID token is refused', () => {
  const now = () => Math.floor(Date.now() / 1000);
  type Claims = Record<string, unknown>;
  /** Lets the provider answer with an ID token of its claims, changed. */
  async function signInWith(change: (claims: Claims) => Promise<unknown> | unknown) {
    const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'musa' });
    scene.server.fail({
      path: '/token',
      does: async (answer) => {
        const [, payload = ''] = String(answer.id_token).split('.');
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
        return { ...answer, id_token: await change(claims) };
      },
    });
    return scene.finish(ceremonyId, callbackUrl);
  }
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('only in these cases: with its own claims, signed anew, it is taken', async () => {
    expect((await signInWith((claims) => scene.server.sign(claims))).outcome).toBe('account_needed');
  });

  test.each<[string, (claims: Claims) => unknown]>([
    ['with another nonce', (claims) => scene.server.sign({ ...claims, nonce: 'another-nonce' })],
    ['without a nonce', ({ nonce: _nonce, ...claims }) => scene.server.sign(claims)],
    ['for another client', (claims) => scene.server.sign({ ...claims, aud: 'another-client' })],
    ['for several, by another', (c) => scene.server.sign({ ...c, aud: ['errand-dash', 'x'], azp: 'x' })],
    ['of another issuer', (claims) => scene.server.sign({ ...claims, iss: 'https://evil.example' })],
    ['that has expired', (claims) => scene.server.sign({ ...claims, iat: now() - 900, exp: now() - 600 })],
    ['without an end', ({ exp: _exp, ...claims }) => scene.server.sign(claims)],
    ['of nobody', ({ sub: _sub, ...claims }) => scene.server.sign(claims)],
    ['signed with another key', (claims) => scene.server.sign(claims, 'foreign')],
    ['signed with nothing', (claims) => `${base64url({ alg: 'none' })}.${base64url(claims)}.`],
    ['that is none', () => 'not.a.token'],
    ['that is not there', () => undefined],
    [
      'with a claim changed after it was signed',
      async (claims) => {
        const [header, , signature] = (await scene.server.sign(claims)).split('.');
        return `${header}.${base64url({ ...claims, sub: 'ada' })}.${signature}`;
      },
    ],
  ])('%s', async (_name, change) => {
    expect(await refusalOf(signInWith(change))).toEqual(identityRefused);
    expect(scene.reasons).toHaveLength(1);
  });
});

describe('a provider that does not answer is told as that', () => {
  test.each([
    ['fails', { status: 500, body: '{}' }],
    ['is overloaded', { status: 503, body: 'busy', type: 'text/html' }],
    ['counts', { status: 429, body: '{}' }],
    ['stays silent', 'silence' as const],
  ])('where it %s when it is asked about a code', async (_name, does) => {
    const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'ngozi' });
    scene.server.fail({ path: '/token', does });
    expect(await refusalOf(scene.finish(ceremonyId, callbackUrl))).toMatchObject(unreachable);
    scene.server.fail(null);
    // An answer is tried once: the person goes there again.
    expect(await refusalOf(scene.finish(ceremonyId, callbackUrl))).toEqual(identityRefused);
    expect((await scene.signIn({ subject: 'ngozi' })).outcome).toBe('account_needed');
  });

  test.each([
    ['HTML', { status: 200, body: '<html>', type: 'text/html' }],
    ['nothing', { status: 200, body: '' }],
    ['a refusal', { status: 400, body: '{"error":"invalid_client"}' }],
  ])('but where it answers a code with %s that is a refusal', async (_name, does) => {
    const { ceremonyId, callbackUrl } = await scene.goAndComeBack({ subject: 'obi' });
    scene.server.fail({ path: '/token', does });
    expect(await refusalOf(scene.finish(ceremonyId, callbackUrl))).toEqual(identityRefused);
  });

  test.each([
    ['fails', { status: 502, body: '' }],
    ['stays silent', 'silence' as const],
    ['is another', (answer: Record<string, unknown>) => ({ ...answer, issuer: 'https://evil.example' })],
  ])(
    'where it %s when it is first asked about itself, and once it is back it is asked again',
    async (_name, does) => {
      const path = '/.well-known/openid-configuration';
      const fresh = { ...core, waysIn: { passwords: null, identityProviders: [scene.server.client()] } };
      scene.server.fail({ path, does });
      expect(await refusalOf(scene.begin({}, fresh))).toMatchObject(unreachable);
      scene.server.fail(null);
      const before = scene.server.countOf(path);
      await scene.begin({}, fresh);
      await scene.begin({}, fresh);
      expect(scene.server.countOf(path)).toBe(before + 1);
    },
  );

  test('where nobody listens', async () => {
    const nobody = scene.server.client({ issuer: 'http://127.0.0.1:9' });
    const fresh = { ...core, waysIn: { passwords: null, identityProviders: [nobody] } };
    expect(await refusalOf(scene.begin({}, fresh))).toMatchObject(unreachable);
  });
});

test('a provider that does not name its token endpoint is told it by the settings', async () => {
  const hide = ({ token_endpoint: _endpoint, ...document }: Record<string, unknown>) => document;
  scene.server.fail({ path: '/.well-known/openid-configuration', does: hide });
  const { waysIn } = core;
  try {
    core.waysIn = { ...waysIn, identityProviders: [scene.server.client()] };
    expect(await refusalOf(scene.signIn({ subject: 'sade' }))).toEqual(identityRefused);
    const told = scene.server.client({ tokenEndpoint: `${scene.server.issuer}/token` });
    core.waysIn = { ...waysIn, identityProviders: [told] };
    expect((await scene.signIn({ subject: 'sade' })).outcome).toBe('account_needed');
  } finally {
    core.waysIn = waysIn;
  }
});
