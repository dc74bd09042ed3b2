import type { Role } from '@errand-dash/contract';
import { signAccessToken } from '@errand-dash/core';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import type { RateLimits } from '../rate-limits.ts';
import { type ApiServer, createServer } from '../server.ts';

/** The whole API on a database of its own, as HTTP reaches it. */
export interface TestApi {
  url: string;
  opsUrl: string;
  server: ApiServer;
  core: TestCore;
  database: TestDatabase;
  /** What was logged, a line each. */
  logged: string[];
  makeUser: (handle: string, roles?: readonly Role[]) => Promise<TestUser & { accessToken: string }>;
  close: () => Promise<void>;
}

export const allowedOrigin = 'https://app.errand.example';

export async function startTestApi(
  given: {
    core?: Partial<TestCore>;
    isClockVirtual?: boolean;
    /** None unless they are given. */
    rateLimits?: RateLimits;
    proxyHops?: number;
  } = {},
): Promise<TestApi> {
  const database = await createTestDatabase();
  const core: TestCore = { ...createTestCore(database.db), ...given.core };
  const logged: string[] = [];
  const settings = {
    host: '127.0.0.1',
    port: 0,
    opsPort: 0,
    origins: [allowedOrigin],
    isClockVirtual: given.isClockVirtual ?? false,
    proxyHops: given.proxyHops ?? 0,
    rateLimits: given.rateLimits ?? null,
  };
  const server = createServer({ core, settings, log: (...line) => logged.push(JSON.stringify(line)) });
  const { url, opsUrl } = await server.listen();
  return {
    url,
    opsUrl,
    server,
    core,
    database,
    logged,
    async makeUser(handle, roles) {
      const user = await makeTestUser(core, handle, roles);
      const { userId, sessionId } = user;
      const token = {
        userId,
        sessionId,
        tokenId: crypto.randomUUID(),
        now: new Date(),
        lifetimeSeconds: 600,
      };
      const { accessToken } = await signAccessToken(core.auth, token);
      return { ...user, accessToken };
    },
    async close() {
      await server.close();
      await database.drop();
    },
  };
}
