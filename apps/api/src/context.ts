import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type ApiContext, idempotencyKey as idempotencyKeyIn } from '@errand-dash/contract';
import {
  type Caller,
  type Clock,
  type Core,
  isRefusal,
  type NoticeFeed,
  Refused,
  refuse,
  type TokenReader,
} from '@errand-dash/core';
import type { RateLimiter } from './rate-limiter.ts';

const USER_AGENT_LENGTH_MAX = 200;
const bearerForm = /^Bearer (\S+)$/i;

const requestIds = new WeakMap<IncomingMessage, string>();

/** The name of this request in logs, in `X-Request-Id` and in the details of `INTERNAL`. */
export function requestIdOf(req: IncomingMessage): string {
  const known = requestIds.get(req);
  if (known !== undefined) return known;
  const requestId = randomUUID();
  requestIds.set(req, requestId);
  return requestId;
}

/** What of this process every call is given. */
export interface ContextSource {
  core: Core;
  notices: NoticeFeed;
  readToken: TokenReader;
  /** By which access tokens expire. */
  clock: Clock;
  /** Absent where calls are not limited. */
  rateLimiter?: RateLimiter | undefined;
}

/**
 * Who calls, from where, under which key, and with how many calls in the request. Without a token the caller is
 * anonymous. Refuses with `ACCESS_TOKEN_INVALID` and `IDEMPOTENCY_KEY_INVALID`.
 */
export async function createContext(
  { core, notices, readToken, clock, rateLimiter }: ContextSource,
  req: IncomingMessage & { ip?: string | undefined },
  callCount: number,
): Promise<ApiContext> {
  const idempotencyKey = readIdempotencyKey(req);
  const networkAddress = networkAddressOf(req.ip);
  const caller = await readCaller(readToken, clock, req);
  const from = networkAddress === '' ? {} : { networkAddress };
  return {
    core,
    notices,
    call: { caller, idempotencyKey, requestId: requestIdOf(req), ...from },
    userAgent: (req.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH_MAX),
    networkAddress,
    callCount,
    ...(rateLimiter === undefined ? {} : { rateLimiter }),
  };
}

/**
 * An IPv4 address as itself where the socket speaks IPv6 (RFC 4291, section 2.5.5.2). A proxy of ours may hand on what
 * is no address, which is then not known.
 */
export function networkAddressOf(ip = ''): string {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? '' : address;
}

function readIdempotencyKey(req: IncomingMessage): string | null {
  const keys = req.headersDistinct['idempotency-key'] ?? [];
  const [key] = keys;
  if (key === undefined) return null;
  if (keys.length > 1 || !idempotencyKeyIn.safeParse(key).success)
    throw new Refused(refuse('IDEMPOTENCY_KEY_INVALID', {}));
  return key;
}

async function readCaller(readToken: TokenReader, clock: Clock, req: IncomingMessage): Promise<Caller> {
  const headers = req.headersDistinct.authorization ?? [];
  const [header] = headers;
  if (header === undefined) return { kind: 'anonymous' };
  const token = bearerForm.exec(header)?.[1];
  if (headers.length > 1 || token === undefined) throw new Refused(refuse('ACCESS_TOKEN_INVALID', {}));
  const claims = await readToken(token, await clock());
  if (isRefusal(claims)) throw new Refused(claims);
  return { kind: 'user', userId: claims.userId, sessionId: claims.sessionId };
}
