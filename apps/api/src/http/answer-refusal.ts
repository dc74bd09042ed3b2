import type { WireRefusal } from '@errand-dash/contract';
import type { Log } from '@errand-dash/core';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { requestIdOf } from '../context.ts';
import { malformed, messageOf, refusal, retryAfterOf, toWireRefusal } from '../wire-refusal.ts';
import { errorRecord } from './error-record.ts';
import { httpStatusOf } from './http-status.ts';

/** Answers a refusal outside tRPC as JSON: `{ "error": { code, message, details } }`. */
export function answerRefusal(res: Response, told: WireRefusal): void {
  const retryAfter = retryAfterOf(told);
  if (retryAfter !== null) res.setHeader('retry-after', retryAfter);
  res
    .status(httpStatusOf(told))
    .json({ error: { code: told.code, message: messageOf(told), details: told.details } });
}

/** For what no route took. */
export const answerUnknownPath: RequestHandler = (_req, res) => {
  res
    .status(404)
    .json({ error: { code: 'PATH_UNKNOWN', message: 'There is nothing at this address.', details: {} } });
};

/** Express would answer HTML, and outside production a stack. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error, req, res, next) => {
    const requestId = requestIdOf(req);
    const told = bodyRefusal(error) ?? toWireRefusal(error, requestId);
    if (told.code === 'INTERNAL') log('error', 'a request failed', { requestId, ...errorRecord(error) });
    if (res.headersSent) next(error);
    else answerRefusal(res, told);
  };
}

/** What body-parser and the router refuse, by the `status` and `type` of their errors. */
function bodyRefusal(error: unknown): WireRefusal | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  if (error.status === 413 && 'limit' in error && typeof error.limit === 'number') {
    return refusal('REQUEST_TOO_LARGE', { maxBytes: error.limit });
  }
  return error.status >= 400 && error.status < 500 ? malformed('The request could not be read.') : null;
}
