import { isPlanOutdated } from '@errand-dash/db';

/** As often as a command: each attempt may come upon another connection whose plans are of before the migration. */
const ATTEMPTS_MAX = 6;

/**
 * Reads, and reads again where a migration has changed what a kept plan answers: a connection notices at the first
 * failure of each, and asks anew then. Nothing but a read may be given, for it may begin more than once.
 */
export async function withFreshPlans<R>(read: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isPlanOutdated(error)) throw error;
    }
  }
}
