import {
  CommitUnknown,
  errorCode,
  isConnectionLost,
  isTransactionConflict,
  PoolExhausted,
} from '@errand-dash/db';

/** The server ended a statement that ran too long (SQLSTATE `query_canceled`). */
const STATEMENT_CANCELED = '57014';

/**
 * Whether a failure is the database's being busy or away, so that the same call may succeed a little later. A
 * command that is called again under the same key has its effect once, also after {@link CommitUnknown}.
 */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof PoolExhausted ||
    error instanceof CommitUnknown ||
    isTransactionConflict(error) ||
    isConnectionLost(error) ||
    errorCode(error) === STATEMENT_CANCELED
  );
}
