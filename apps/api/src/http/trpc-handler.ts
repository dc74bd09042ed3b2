import { type Clock, type Core, createNoticeFeed, createTokenReader, type Log } from '@errand-dash/core';
import type { TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import type { RequestHandler } from 'express';
import { appRouter } from '../app-router.ts';
import { createContext, requestIdOf } from '../context.ts';
import { limits } from '../limits.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import { rememberRequest } from '../trpc.ts';
import { retryAfterOf, toWireRefusal } from '../wire-refusal.ts';
import { errorRecord } from './error-record.ts';

/** tRPC over HTTP, bounded. Queries may come by POST, so that a personal input stays out of URLs. */
export function trpcHandler(
  core: Core,
  clock: Clock,
  log: Log,
  rateLimiter: RateLimiter | undefined,
): RequestHandler {
  const readToken = createTokenReader(core.auth);
  const source = { core, clock, notices: createNoticeFeed(core), readToken, rateLimiter };
  const handle = createExpressMiddleware({
    router: appRouter,
    createContext: ({ req, info }) => createContext(source, req, info.calls.length),
    allowMethodOverride: true,
    maxBatchSize: limits.batchCallsMax,
    maxBodySize: limits.requestBytesMax,
    responseMeta: ({ errors, eagerGeneration, type }) => {
      if (type === 'subscription' && errors.length === 0) return { headers: streamHeaders };
      return { headers: eagerGeneration ? {} : answerHeaders(errors) };
    },
    onError: ({ error, path, req }) => {
      const requestId = requestIdOf(req);
      rememberRequest(error, requestId);
      const { code } = toWireRefusal(error, requestId);
      const fields = { requestId, procedure: path, ...errorRecord(error.cause ?? error) };
      if (code === 'INTERNAL') log('error', 'a procedure failed', fields);
      if (code === 'SERVICE_BUSY') log('warn', 'a procedure found the service busy', fields);
    },
  });
  return (req, res, next) => {
    // For what fails before tRPC has an answer to hang headers on.
    res.setHeader('content-type', JSON_TYPE);
    return handle(req, res, next);
  };
}

const JSON_TYPE = 'application/json';

/** Nothing on the way may keep it or gather it up. */
const streamHeaders = { 'cache-control': 'no-store, no-transform' };

/** tRPC names no content type where it fails before a procedure runs, and it would be told as text. */
function answerHeaders(errors: TRPCError[]): Record<string, string> {
  const waits = errors.flatMap((error) => retryAfterOf(toWireRefusal(error, '')) ?? []);
  const retryAfter = String(Math.max(...waits.map(Number)));
  return { 'content-type': JSON_TYPE, ...(waits.length === 0 ? {} : { 'retry-after': retryAfter }) };
}
