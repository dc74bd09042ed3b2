/**
 * What the log keeps of an error: its kind, words and place. A database error's `detail`, which quotes the row,
 * is left out, and so are the values that a driver hangs on its errors.
 */
export function errorRecord(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  return {
    error: error.name,
    errorMessage: error.message,
    ...('code' in error && typeof error.code === 'string' ? { errorCode: error.code } : {}),
    ...('constraint' in error && typeof error.constraint === 'string'
      ? { constraint: error.constraint }
      : {}),
    stack: error.stack,
    ...(error.cause === undefined || error.cause === error ? {} : { cause: errorRecord(error.cause) }),
  };
}
