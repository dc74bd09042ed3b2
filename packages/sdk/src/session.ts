import { errandDashError, isErrandDashError } from './errand-dash-error.ts';
import { randomText } from './random-text.ts';
import type { Tokens } from './router-types.ts';

/** Where the session is kept. A `Map` will do; so will anything that can get and set a text by a name. */
export interface TokenStorage {
  get: (name: string) => string | null | undefined | Promise<string | null | undefined>;
  set: (name: string, value: string) => unknown;
}

/** The session of this device: its tokens, renewed before they run out, and the device's own name. */
export interface Session {
  /**
   * A token to send, or null when nobody is signed in; where something was begun with an earlier one, a token of the
   * same person. Throws what ended the session.
   */
  accessToken: (begunWith?: string | null) => Promise<string | null>;
  /** Another token than this one, which the server has refused. */
  replaceToken: (refused: string) => Promise<string | null>;
  /** Whether somebody is signed in as far as this device knows, without asking the server. */
  isKept: () => Promise<boolean>;
  deviceId: () => Promise<string>;
  keep: (tokens: Tokens) => Promise<void>;
  /** What forgets who is signed in now, but nobody else who signs in before it is called. */
  toForget: () => Promise<() => Promise<void>>;
}

interface Stored {
  deviceId: string;
  tokens: { accessToken: string; refreshToken: string; renewAtMilliseconds: number | null } | null;
}

type Refresh = (input: { refreshToken: string; deviceId: string }) => Promise<Tokens>;

const NAME = 'errand-dash';
const DEVICE_ID_LENGTH = 43;
const RENEW_BEFORE_SECONDS = 30;

/** After these the refresh token is of no more use. */
const endings: ReadonlySet<string> = new Set(['REFRESH_TOKEN_INVALID', 'SESSION_ENDED', 'USER_SUSPENDED']);

/**
 * The storage is read at each call and is the truth, so that several tabs on one storage are one session. Two of
 * them that renew at once get the same successor, by the server's grace for one device.
 */
export function createSession(storage: TokenStorage, refresh: Refresh, now: () => number): Session {
  let renewing: Promise<string | null> | null = null;
  let changing: Promise<unknown> = Promise.resolve();

  const read = async () => parse(await storage.get(NAME));

  /** One change after the other: a storage may take its time, and nothing may come between reading and writing. */
  function change(decide: (stored: Stored) => Stored): Promise<Stored> {
    const changed = changing.then(async () => {
      const stored = await read();
      const next = decide(stored ?? { deviceId: randomText(DEVICE_ID_LENGTH), tokens: null });
      if (next !== stored) await storage.set(NAME, JSON.stringify(next));
      return next;
    });
    changing = changed.catch(() => {});
    return changed;
  }

  const load = async () => (await read()) ?? change((stored) => stored);

  const withTokens = (stored: Stored, { accessToken, refreshToken }: Tokens): Stored => ({
    ...stored,
    tokens: { accessToken, refreshToken, renewAtMilliseconds: renewAt(accessToken, now()) },
  });

  async function renewOnce(): Promise<string | null> {
    const { deviceId, tokens: spent } = await load();
    if (spent === null) return null;
    /** Who signed in, signed out or renewed meanwhile, here or in another tab, is not written over. */
    const replace = (next: (stored: Stored) => Stored) =>
      change((stored) => (stored.tokens?.refreshToken === spent.refreshToken ? next(stored) : stored));
    const { tokens } = await refresh({ refreshToken: spent.refreshToken, deviceId }).then(
      (renewed) => replace((stored) => withTokens(stored, renewed)),
      async (failure: unknown) => {
        if (!isErrandDashError(failure) || !endings.has(failure.code)) throw failure;
        const left = await replace((stored) => ({ ...stored, tokens: null }));
        if (left.tokens === null) throw failure;
        return left;
      },
    );
    return tokenOfSame(spent.accessToken, tokens);
  }

  function renew(): Promise<string | null> {
    renewing ??= renewOnce().finally(() => {
      renewing = null;
    });
    return renewing;
  }

  return {
    async accessToken(begunWith = null) {
      const { tokens } = await load();
      if (tokens === null) return null;
      if (begunWith !== null) tokenOfSame(begunWith, tokens);
      const isDue = tokens.renewAtMilliseconds !== null && now() >= tokens.renewAtMilliseconds;
      return isDue ? renew() : tokens.accessToken;
    },
    async replaceToken(refused) {
      const { tokens } = await load();
      if (tokens !== null && tokens.accessToken !== refused) return tokenOfSame(refused, tokens);
      return renew();
    },
    isKept: async () => (await load()).tokens !== null,
    deviceId: async () => (await load()).deviceId,
    async keep(tokens) {
      await change((stored) => withTokens(stored, tokens));
    },
    async toForget() {
      const { tokens: left } = await load();
      return async () => {
        await change((stored) =>
          left === null || stored.tokens === null || isSame(left.accessToken, stored.tokens.accessToken)
            ? { ...stored, tokens: null }
            : stored,
        );
      };
    },
  };
}

/** A call that one person began is never sent as another, who has signed in here since. */
function tokenOfSame(begunWith: string, tokens: Stored['tokens']): string | null {
  if (tokens === null) return null;
  if (isSame(begunWith, tokens.accessToken)) return tokens.accessToken;
  const message = 'Somebody else has signed in on this device meanwhile.';
  throw errandDashError('SESSION_ENDED', {}, { message });
}

const isSame = (one: string, other: string): boolean => claimsOf(one).sub === claimsOf(other).sub;

function parse(text: string | null | undefined): Stored | null {
  if (!text) return null;
  try {
    const stored: Stored = JSON.parse(text);
    return typeof stored.deviceId === 'string' ? stored : null;
  } catch {
    return null;
  }
}

/**
 * When to renew by this device's clock, which may be wrong: the token's own lifetime is counted from its receipt.
 * Null when the token does not tell; it is renewed then once the server refuses it.
 */
function renewAt(accessToken: string, receivedAtMilliseconds: number): number | null {
  const { iat, exp } = claimsOf(accessToken);
  if (typeof iat !== 'number' || typeof exp !== 'number') return null;
  const lifetimeSeconds = exp - iat;
  const marginSeconds = Math.min(RENEW_BEFORE_SECONDS, lifetimeSeconds / 5);
  return receivedAtMilliseconds + (lifetimeSeconds - marginSeconds) * 1000;
}

/** What a token says of itself, by which nothing is decided but when to renew it and whose it is. */
function claimsOf(accessToken: string): { iat?: unknown; exp?: unknown; sub?: unknown } {
  try {
    const payload = accessToken.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
