import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { createTestCore, type TestCore } from '../../testing/test-core.ts';
import {
  beginProviderSignIn,
  type StartedIdentityCeremony,
} from '../identity-providers/begin-identity-ceremony.command.ts';
import {
  type FinishProviderSignIn,
  finishProviderSignIn,
  type ProviderSignIn,
} from '../identity-providers/finish-provider-sign-in.command.ts';
import {
  type DemoAccount,
  type IdentityServer,
  redirectUrl,
  startIdentityServer,
} from './identity-server.ts';
import { anonymousCall, device } from './ways-in-person.ts';

export const identityRefused = { isRefusal: true, code: 'IDENTITY_REFUSED', details: {} };

/** A platform at which people sign in by one identity provider. */
export interface ProviderScene {
  database: TestDatabase;
  server: IdentityServer;
  core: TestCore;
  /** The reasons of refusals, as the log has them. */
  reasons: unknown[];
  begin: (
    given?: { provider?: string; redirectUrl?: string },
    on?: TestCore,
  ) => Promise<StartedIdentityCeremony>;
  finish: (
    ceremonyId: string,
    callbackUrl: string,
    given?: Partial<FinishProviderSignIn>,
  ) => Promise<ProviderSignIn>;
  /** To the provider and back. */
  goAndComeBack: (account: DemoAccount) => Promise<{ ceremonyId: string; callbackUrl: string }>;
  signIn: (account: DemoAccount) => Promise<ProviderSignIn>;
  close: () => Promise<void>;
}

export async function makeProviderScene(): Promise<ProviderScene> {
  const database = await createTestDatabase();
  const server = await startIdentityServer();
  const core = createTestCore(database.db);
  const reasons: unknown[] = [];
  core.log = (_level, _message, fields) => void reasons.push(fields?.reason);
  core.waysIn = { passwords: null, identityProviders: [server.client()] };
  const begin: ProviderScene['begin'] = (given = {}, on = core) => {
    const { deviceId } = device;
    return beginProviderSignIn(on, anonymousCall, { provider: 'demo', redirectUrl, deviceId, ...given });
  };
  const finish: ProviderScene['finish'] = (ceremonyId, callbackUrl, given = {}) =>
    finishProviderSignIn(core, anonymousCall, { ...device, ceremonyId, callbackUrl, ...given });
  const goAndComeBack: ProviderScene['goAndComeBack'] = async (account) => {
    const { ceremonyId, url } = await begin();
    return { ceremonyId, callbackUrl: await server.visit(url, account) };
  };
  return {
    database,
    server,
    core,
    reasons,
    begin,
    finish,
    goAndComeBack,
    signIn: async (account) => {
      const { ceremonyId, callbackUrl } = await goAndComeBack(account);
      return finish(ceremonyId, callbackUrl);
    },
    close: async () => {
      await server.close();
      await database.drop();
    },
  };
}
