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
  /** The token of who is signed in as far as this device knows, without asking the server; it may have run out. */
  keptToken: () => Promise<string | null>;
  /**
   * A token to send for what was begun with this one, of the same owner; null where it was begun with none, or when
   * nobody is signed in any more. Throws what ended the session.
   */
  accessToken: (begunWith: string | null, owner?: Owner) => Promise<string | null>;
  /** Another token than this one, which the server has refused, of the same owner. */
  replaceToken: (refused: string, owner?: Owner) => Promise<string | null>;
  deviceId: () => Promise<string>;
  keep: (tokens: Tokens) => Promise<void>;
  /** Signs out here, unless another session than the one of this token has begun meanwhile. */
  forget: (accessToken: string) => Promise<void>;
}

/** The claim that tokens of one owner share: a person, or one session of his. */
export type Owner = 'sub' | 'sid';

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
    return tokenOfSame(spent.accessToken, tokens?.accessToken ?? null);
  }

  function renew(): Promise<string | null> {
    renewing ??= renewOnce().finally(() => {
      renewing = null;
    });
    return renewing;
  }

  return {
    keptToken: async () => (await load()).tokens?.accessToken ?? null,
    async accessToken(begunWith, owner) {
      if (begunWith === null) return null;
      const { tokens } = await load();
      if (tokens === null) return null;
      const kept = tokenOfSame(begunWith, tokens.accessToken, owner);
      const isDue = tokens.renewAtMilliseconds !== null && now() >= tokens.renewAtMilliseconds;
      return isDue ? tokenOfSame(begunWith, await renew(), owner) : kept;
    },
    async replaceToken(refused, owner) {
      const { tokens } = await load();
      const isReplaced = tokens !== null && tokens.accessToken !== refused;
      return tokenOfSame(refused, isReplaced ? tokens.accessToken : await renew(), owner);
    },
    deviceId: async () => (await load()).deviceId,
    async keep(tokens) {
      await change((stored) => withTokens(stored, tokens));
    },
    async forget(accessToken) {
      await change((stored) =>
        stored.tokens !== null && isSame(accessToken, stored.tokens.accessToken, 'sid')
          ? { ...stored, tokens: null }
          : stored,
      );
    },
  };
}

/** A call that one owner began is never sent as another, who has signed in here since. */
function tokenOfSame(begunWith: string, token: string | null, owner: Owner = 'sub'): string | null {
  if (token === null || isSame(begunWith, token, owner)) return token;
  const message = 'Somebody has signed in anew on this device meanwhile.';
  throw errandDashError('SESSION_ENDED', {}, { message });
}

const isSame = (one: string, other: string, owner: Owner): boolean =>
  one === other || claimsOf(one)[owner] === claimsOf(other)[owner];

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
function claimsOf(accessToken: string): { iat?: unknown; exp?: unknown } & { [claim in Owner]?: unknown } {
  try {
    const payload = accessToken.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
