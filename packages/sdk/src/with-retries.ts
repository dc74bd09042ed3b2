import type { Operation } from '@trpc/client';
import type { Around } from './call-link.ts';
import { type ErrandDashError, retold, retryAfterSecondsOf } from './errand-dash-error.ts';
import { type Manifest, manifest } from './generated/manifest.ts';
import { randomText } from './random-text.ts';
import { readFailure } from './read-failure.ts';
import { callAborted } from './until-aborted.ts';
import { wait } from './wait.ts';

export interface RetrySettings {
  retriesMax: number;
  /** The wait before the first retry; it doubles each time. */
  firstDelayMilliseconds: number;
  delayMaxMilliseconds: number;
}

const KEY_LENGTH = 24;

export const newIdempotencyKey = (): string => randomText(KEY_LENGTH);

/** Gives a mutation its idempotency key. Stands above the retries, so that every attempt has the same. */
export const withIdempotencyKey: Around = (op, send) => {
  if (op.type !== 'mutation' || op.context.idempotencyKey !== undefined) return send(op);
  return send({ ...op, context: { ...op.context, idempotencyKey: newIdempotencyKey() } });
};

/**
 * Tries again what may succeed later, for mutations too, since their key makes them happen once. A call that is
 * single-use by nature is never repeated: its answer holds what cannot be had twice.
 */
export function withRetries(settings: RetrySettings): Around {
  return async (op, send) => {
    const { retriesMax = settings.retriesMax } = op.context;
    for (let retry = 0; ; retry += 1) {
      try {
        return await send(op);
      } catch (caught) {
        const failure = readFailure(caught);
        if (op.signal?.aborted) throw callAborted(failure);
        if (isSingleUse(op)) throw afterSingleUse(failure);
        if (retry === retriesMax || !mayTryAgain(failure, settings)) throw caught;
        await wait(delayOf(failure, retry, settings), op.signal ?? null);
      }
    }
  };
}

const isSingleUse = ({ path }: Operation): boolean => (manifest as Manifest)[path]?.isSingleUse === true;

/** Nothing was done for a call that came too often. After any other failure it may have had its effect. */
const afterSingleUse = (failure: ErrandDashError): ErrandDashError =>
  failure.code === 'RATE_LIMITED' ? failure : retold(failure, { isRetryable: false });

function mayTryAgain(failure: ErrandDashError, settings: RetrySettings): boolean {
  // Nothing was done. A longer wait is for the caller to decide, who may be in front of a person.
  if (failure.code === 'RATE_LIMITED')
    return failure.details.retryAfterSeconds * 1000 <= settings.delayMaxMilliseconds;
  return (
    failure.code === 'NETWORK_FAILED' ||
    failure.code === 'SERVICE_BUSY' ||
    failure.code === 'COMMAND_IN_FLIGHT'
  );
}

function delayOf(failure: ErrandDashError, retry: number, settings: RetrySettings): number {
  const asked = retryAfterSecondsOf(failure) * 1000;
  const backedOff = Math.min(settings.firstDelayMilliseconds * 2 ** retry, settings.delayMaxMilliseconds);
  // Jitter is added to what the server asked for, never taken from it; clients that failed together part.
  return asked + backedOff * Math.random();
}
