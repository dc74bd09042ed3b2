import { TRPCClientError } from '@trpc/client';
import { type ErrandDashError, errandDashError, isErrandDashError } from './errand-dash-error.ts';
import type { AppRouter } from './generated/app-router.ts';

/** Whatever a call threw, as an error of this SDK. */
export function readFailure(failure: unknown): ErrandDashError {
  if (isErrandDashError(failure)) return failure;
  if (failure instanceof TRPCClientError) {
    const client: TRPCClientError<AppRouter> = failure;
    if (isErrandDashError(client.cause)) return client.cause;
    const { data, message } = client;
    if (data?.refusal !== undefined) {
      const { code, details } = data.refusal;
      const given = { message, status: data.httpStatus, requestId: requestIdOf(client), cause: failure };
      // The pair belongs together as the server sent it; TypeScript cannot carry that through the union.
      return errandDashError(code, details, given) as ErrandDashError;
    }
  }
  return errandDashError(
    'NETWORK_FAILED',
    { reason: 'unreachable' },
    { message: 'ErrandDash could not be reached.', cause: failure },
  );
}

function requestIdOf(failure: TRPCClientError<AppRouter>): string | null {
  const response = failure.meta?.response;
  if (typeof response !== 'object' || response === null || !('requestId' in response)) return null;
  return typeof response.requestId === 'string' ? response.requestId : null;
}
