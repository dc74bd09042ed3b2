import { describe, expect, test } from 'vitest';
import { identityProvidersSetting } from './identity-provider-settings.ts';

const read = (value: unknown) =>
  identityProvidersSetting.safeParse(typeof value === 'string' ? value : JSON.stringify(value));
const google = { id: 'google', clientId: 'demo-client', clientSecret: 'demo-secret' };

test('of Google and Facebook the client is enough; of others the issuer is named too', () => {
  const other = { id: 'acme', issuer: 'https://id.acme.example', clientId: 'demo', scopes: ['email'] };
  const facebook = { id: 'facebook', clientId: 'demo', clientSecret: 'demo' };
  expect(read([google, facebook, other]).data).toEqual([
    {
      ...google,
      name: 'Google',
      issuer: 'https://accounts.google.com',
      scopes: ['openid', 'email'],
      tokenEndpoint: null,
    },
    {
      ...facebook,
      name: 'Facebook',
      issuer: 'https://www.facebook.com',
      scopes: ['openid', 'email'],
      tokenEndpoint: 'https://graph.facebook.com/oauth/access_token',
    },
    { ...other, name: 'acme', scopes: ['openid', 'email'], clientSecret: null, tokenEndpoint: null },
  ]);
});

test('what is given goes before what is known', () => {
  const tokenEndpoint = 'https://graph.facebook.com/v30.0/oauth/access_token';
  const given = { id: 'facebook', clientId: 'demo', name: 'Meta', tokenEndpoint };
  expect(read([given]).data).toMatchObject([{ name: 'Meta', tokenEndpoint }]);
});

test('plain HTTP is for this machine alone', () => {
  for (const issuer of ['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000']) {
    expect(read([{ ...google, issuer }]).success).toBe(true);
  }
});

describe('it is refused when', () => {
  test.each([
    ['it is no JSON', '{'],
    ['it is no array', google],
    ['an id comes twice', [google, google]],
    ['an issuer is missing', [{ ...google, id: 'acme' }]],
    ['an issuer is plain HTTP', [{ ...google, issuer: 'http://id.example' }]],
    ['an issuer only looks local', [{ ...google, issuer: 'http://127.0.0.1.example' }]],
    ['an issuer has a query', [{ ...google, issuer: 'https://id.example?a=b' }]],
    ['an issuer has a password', [{ ...google, issuer: 'https://a:b@id.example' }]],
    ['a token endpoint is plain HTTP', [{ ...google, tokenEndpoint: 'http://id.example/token' }]],
    ['the client is missing', [{ id: 'google' }]],
    ['there is something unknown', [{ ...google, secret: 'x' }]],
    ['an id could not stand in an address', [{ ...google, id: 'Google Inc' }]],
    ['a scope has a space', [{ ...google, scopes: ['openid email'] }]],
  ])('%s', (_name, value) => {
    const { success, error } = read(value);
    expect(success).toBe(false);
    // A secret is in no message.
    expect(JSON.stringify(error)).not.toContain('demo-secret');
  });
});
