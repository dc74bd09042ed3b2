import { type ApiContext, type ApiErrorShape, type ApiMeta, errors } from '@errand-dash/contract';
import { type Call, type Core, type NoticeFeed, Refused, refuse } from '@errand-dash/core';
import { initTRPC, type TRPCDefaultErrorShape } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { httpStatusOf } from './http/http-status.ts';
import { limits } from './limits.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { messageOf, toWireRefusal } from './wire-refusal.ts';
import { wireTransformer } from './wire-transformer.ts';

declare module '@errand-dash/contract' {
  interface ApiContext {
    core: Core;
    call: Call;
    /** What the client calls itself, cut to 200 characters. */
    userAgent: string;
    /** From where the call came, past the proxies that are ours; empty where the connection is gone. */
    networkAddress: string;
    /** How many calls came in one request. */
    callCount: number;
    /** Absent where calls are not limited. */
    rateLimiter?: RateLimiter;
    /** The live notices of this process. */
    notices: NoticeFeed;
  }
}

const trpc = initTRPC
  .context<ApiContext>()
  .meta<ApiMeta>()
  .create({
    transformer: wireTransformer,
    // tRPC would else send stacks wherever NODE_ENV is not production.
    isDev: false,
    // A client that hears nothing for longer takes the connection for lost and makes another.
    sse: {
      ping: { enabled: true, intervalMs: limits.streamPingSeconds * 1000 },
      client: { reconnectAfterInactivityMs: limits.streamSilenceSeconds * 1000 },
    },
    errorFormatter: ({ error, ctx, path }): ApiErrorShape => {
      const refusal = toWireRefusal(error, ctx?.call.requestId ?? requestIds.get(error) ?? 'unknown');
      const { status } = errors[refusal.code];
      const where = path === undefined ? {} : { path };
      const data = { code: status, httpStatus: httpStatusOf(refusal), ...where, refusal };
      return {
        message: messageOf(refusal),
        code: TRPC_ERROR_CODES_BY_KEY[status],
        data,
      } satisfies TRPCDefaultErrorShape;
    },
  });

/** The request of an error that came before there was a context to tell it. */
const requestIds = new WeakMap<Error, string>();

/** Lets the answer to this error name its request. */
export const rememberRequest = (error: Error, requestId: string): void => {
  requestIds.set(error, requestId);
};

export const router = trpc.router;

/**
 * Counts a call before anything of it is done, and refuses with `RATE_LIMITED`. What operators do and see comes alone,
 * so that neither its count nor its trace is lost among other calls; in a batch it is refused with `BATCH_REFUSED`.
 * What is for people is refused with `SESSION_MISSING` where nobody is signed in.
 * All in one, since each middleware costs every call.
 */
const admitCall = trpc.middleware(async ({ ctx, path, meta, getRawInput, next }) => {
  const { call, networkAddress, rateLimiter } = ctx;
  if (rateLimiter !== undefined) {
    const retryAfterSeconds = await rateLimiter({
      procedure: path,
      call,
      networkAddress,
      readInput: getRawInput,
    });
    if (retryAfterSeconds !== null) throw new Refused(refuse('RATE_LIMITED', { retryAfterSeconds }));
  }
  if (meta?.isAdmin === true && ctx.callCount > 1) throw new Refused(refuse('BATCH_REFUSED', {}));
  if (meta?.isForPeople === true && call.caller.kind !== 'user')
    throw new Refused(refuse('SESSION_MISSING', {}));
  return next();
});

/** Anybody may call it. A token that is sent must be valid all the same. */
export const publicProcedure = trpc.procedure.use(admitCall);

/** Refuses with `SESSION_MISSING` unless a person calls. Whether the session still lives is seen at the claim. */
export const signedInProcedure = publicProcedure.meta({ isForPeople: true });
