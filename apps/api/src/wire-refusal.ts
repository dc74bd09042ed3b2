import { type ErrorCode, type ErrorDetails, errors, type WireRefusal } from '@errand-dash/contract';
import { isBusy, Refused } from '@errand-dash/core';
import type { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { limits } from './limits.ts';

const ISSUES_MAX = 20;

/**
 * What the caller is told of an error. Refusals go through as they are; a wrong input becomes `INPUT_INVALID`
 * with its paths; a busy database `SERVICE_BUSY`; everything else is masked as `INTERNAL`.
 */
export function toWireRefusal(error: unknown, requestId: string): WireRefusal {
  if (error instanceof Refused)
    return { code: error.refusal.code, details: error.refusal.details } as WireRefusal;
  if (isTRPCError(error)) return ofTRPCError(error, requestId);
  if (isBusy(error)) return refusal('SERVICE_BUSY', { retryAfterSeconds: 1 });
  return refusal('INTERNAL', { requestId });
}

/** The HTTP header of a refusal that says when to ask again, or null. */
export function retryAfterOf(told: WireRefusal): string | null {
  return 'retryAfterSeconds' in told.details ? String(told.details.retryAfterSeconds) : null;
}

/** An input that is refused before any schema sees it. */
export const malformed = (message: string): WireRefusal =>
  refusal('INPUT_INVALID', { issues: [{ path: '', message }] });

export function refusal<C extends ErrorCode>(code: C, details: ErrorDetails<C>): WireRefusal {
  // The pair is right by the parameters' types; TypeScript cannot carry that through the union.
  return { code, details } as WireRefusal;
}

export const messageOf = (told: WireRefusal): string => errors[told.code].message;

const isTRPCError = (error: unknown): error is TRPCError =>
  error instanceof Error && error.name === 'TRPCError';

/** tRPC gives its own refusals a code and words only, and wraps what a procedure throws. */
function ofTRPCError(error: TRPCError, requestId: string): WireRefusal {
  const { cause } = error;
  switch (error.code) {
    case 'INTERNAL_SERVER_ERROR':
      return cause === undefined ? refusal('INTERNAL', { requestId }) : toWireRefusal(cause, requestId);
    case 'BAD_REQUEST':
      if (cause instanceof Refused) return toWireRefusal(cause, requestId);
      if (cause instanceof z.core.$ZodError) return inputInvalid(cause);
      if (error.message === 'Batch call exceeds maximum size') {
        return refusal('BATCH_TOO_LARGE', { max: limits.batchCallsMax });
      }
      return malformed('The request could not be read.');
    case 'PAYLOAD_TOO_LARGE':
      return refusal('REQUEST_TOO_LARGE', { maxBytes: limits.requestBytesMax });
    case 'NOT_FOUND':
      return refusal('PROCEDURE_UNKNOWN', {});
    case 'METHOD_NOT_SUPPORTED':
      return malformed('A mutation takes POST, a query GET or POST.');
    case 'UNSUPPORTED_MEDIA_TYPE':
      return malformed('The content type must be application/json.');
    default:
      return refusal('INTERNAL', { requestId });
  }
}

function inputInvalid(error: z.core.$ZodError): WireRefusal {
  const issues = error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, 200),
    message: issue.message.slice(0, 200),
  }));
  return refusal('INPUT_INVALID', { issues });
}
