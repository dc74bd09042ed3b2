import type { Clock } from './clock.ts';
import type { Core } from './core.ts';
import { databaseTime } from './database-time.query.ts';

const SAMPLE_AGE_MILLISECONDS_MAX = 60_000;

/**
 * The time of commands, for code outside them: what checks a token must agree with what signed it, however wrong
 * this machine's clock is. The database is asked once a minute, and each time where the clock is virtual, since
 * somebody may have moved it. While the database does not answer, the last sample goes on.
 */
export function createDatabaseClock(core: Core, { isVirtual }: { isVirtual: boolean }): Clock {
  let sample: { time: number; takenAt: number } | undefined;
  const take = async (): Promise<void> => {
    const takenAt = performance.now();
    const time = await databaseTime(
      core,
      { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'clock' },
      {},
    );
    sample = { time: time.getTime(), takenAt };
  };
  return async () => {
    const isOld = sample === undefined || performance.now() - sample.takenAt > SAMPLE_AGE_MILLISECONDS_MAX;
    if (isVirtual || isOld) {
      await take().catch((error: unknown) => {
        if (sample === undefined) throw error;
      });
    }
    if (sample === undefined) throw new Error('the time of the database is not known');
    return new Date(sample.time + performance.now() - sample.takenAt);
  };
}
