import type { RequestHandler } from 'express';
import { networkAddressOf, requestIdOf } from '../context.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import { PUBLIC_PATHS } from '../rate-limits.ts';
import { refusal } from '../wire-refusal.ts';
import { answerRefusal } from './answer-refusal.ts';

/** Answers `RATE_LIMITED` to a network that asks too often for what is public to anybody. */
export function limitPublicPaths(rateLimiter: RateLimiter | undefined): RequestHandler {
  return async (req, res, next) => {
    const retryAfterSeconds = await rateLimiter?.({
      procedure: PUBLIC_PATHS,
      call: { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: requestIdOf(req) },
      networkAddress: networkAddressOf(req.ip),
      readInput: () => Promise.resolve(undefined),
    });
    if (retryAfterSeconds === undefined || retryAfterSeconds === null) return next();
    answerRefusal(res, refusal('RATE_LIMITED', { retryAfterSeconds }));
  };
}
