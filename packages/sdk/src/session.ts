import { isErrandDashError } from './errand-dash-error.ts';
import { randomText } from './random-text.ts';
import type { Tokens } from './router-types.ts';

/** Where the session is kept. A `Map` will do; so will anything that can get and set a text by a name. */
export interface TokenStorage {
  get: (name: string) => string | null | undefined | Promise<string | null | undefined>;
  set: (name: string, value: string) => unknown;
}

/** The session of this device: its tokens, renewed before they run out, and the device's own name. */
export interface Session {
  /** A token to send, or null when nobody is signed in. Throws what ended the session. */
  accessToken: () => Promise<string | null>;
  /** Another token than this one, which the server has refused. */
  replaceToken: (refused: string) => Promise<string | null>;
  deviceId: () => Promise<string>;
  keep: (tokens: Tokens) => Promise<void>;
  forget: () => Promise<void>;
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
  let naming: Promise<Stored> | null = null;

  async function load(): Promise<Stored> {
    const stored = parse(await storage.get(NAME));
    if (stored !== null) return stored;
    naming ??= (async () => {
      const named: Stored = { deviceId: randomText(DEVICE_ID_LENGTH), tokens: null };
      await save(named);
      return named;
    })().finally(() => {
      naming = null;
    });
    return naming;
  }

  const save = async (stored: Stored) => {
    await storage.set(NAME, JSON.stringify(stored));
  };

  async function keep(tokens: Tokens): Promise<void> {
    const { deviceId } = await load();
    const { accessToken, refreshToken } = tokens;
    await save({
      deviceId,
      tokens: { accessToken, refreshToken, renewAtMilliseconds: renewAt(accessToken, now()) },
    });
  }

  async function forget(): Promise<void> {
    const { deviceId } = await load();
    await save({ deviceId, tokens: null });
  }

  async function renewOnce(): Promise<string | null> {
    const { deviceId, tokens } = await load();
    if (tokens === null) return null;
    try {
      const renewed = await refresh({ refreshToken: tokens.refreshToken, deviceId });
      await keep(renewed);
      return renewed.accessToken;
    } catch (failure) {
      if (isErrandDashError(failure) && endings.has(failure.code)) await forget();
      throw failure;
    }
  }

  function renew(): Promise<string | null> {
    renewing ??= renewOnce().finally(() => {
      renewing = null;
    });
    return renewing;
  }

  return {
    async accessToken() {
      const { tokens } = await load();
      if (tokens === null) return null;
      const isDue = tokens.renewAtMilliseconds !== null && now() >= tokens.renewAtMilliseconds;
      return isDue ? renew() : tokens.accessToken;
    },
    async replaceToken(refused) {
      const { tokens } = await load();
      if (tokens !== null && tokens.accessToken !== refused) return tokens.accessToken;
      return renew();
    },
    deviceId: async () => (await load()).deviceId,
    keep,
    forget,
  };
}

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
  try {
    const payload = accessToken.split('.')[1] ?? '';
    const { iat, exp } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    if (typeof iat !== 'number' || typeof exp !== 'number') return null;
    const lifetimeSeconds = exp - iat;
    const marginSeconds = Math.min(RENEW_BEFORE_SECONDS, lifetimeSeconds / 5);
    return receivedAtMilliseconds + (lifetimeSeconds - marginSeconds) * 1000;
  } catch {
    return null;
  }
}
