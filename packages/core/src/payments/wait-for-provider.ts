import type { Core } from '../core.ts';

/**
 * Waits for work with the provider that goes on by itself, but no longer than the policy says. What comes of it
 * afterwards is in its rows; a failure is told in the log, because the worker comes back to the same row.
 */
export async function waitForProvider(
  { log, policy }: Pick<Core, 'log' | 'policy'>,
  name: string,
  work: Promise<unknown>,
): Promise<void> {
  const told = work.then(
    () => undefined,
    (error: unknown) => {
      const kind = error instanceof Error ? error.name : typeof error;
      log('warn', 'work that a caller waited for failed', { name, error: kind });
    },
  );
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, policy.providerWaitSeconds * 1000);
  });
  await Promise.race([told, timeout]);
  clearTimeout(timer);
}
