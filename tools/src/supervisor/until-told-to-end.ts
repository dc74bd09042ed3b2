/**
 * Resolves at the first signal to end. Those that follow change nothing: with Ctrl-C npm, its shell and the terminal
 * each send their own.
 */
export function untilToldToEnd(): { promise: Promise<void>; signal: AbortSignal } {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort();
      resolve();
    });
  }
  return { promise, signal: controller.signal };
}
