import { type Call, type Clock, type Core, countCalls, networkOf } from '@errand-dash/core';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { boughtAhead } from './bought-ahead.ts';
import {
  type Bound,
  type CountedBy,
  type RateLimitName,
  type RateLimits,
  rateLimitOf,
} from './rate-limits.ts';

/** One call, before anything of it is done. */
export interface CallToLimit {
  /** Such as `auth.beginSignIn`. */
  procedure: string;
  call: Call;
  networkAddress: string;
  /** The input as it came, which nobody has looked at. */
  readInput: () => Promise<unknown>;
}

/** Counts a call and answers null, or for how many seconds its caller must wait. */
export type RateLimiter = (asked: CallToLimit) => Promise<number | null>;

/** Takes one call of this key. Rejects with a `RateLimiterRes` where the bound is reached. */
type Take = (key: string) => Promise<unknown>;

/** The limiter of one process. The counts are in the database, which all processes share. */
export function createRateLimiter(core: Core, clock: Clock, limits: RateLimits): RateLimiter {
  const takes = new Map<Bound, Take>();
  for (const [name, { bounds }] of Object.entries(limits)) {
    for (const [by, bound] of Object.entries(bounds)) {
      takes.set(bound, takeOf(core, clock, `${name}.${by}`, bound));
    }
  }
  return async (asked) => {
    const name: RateLimitName = rateLimitOf[asked.procedure] ?? 'write';
    const { bounds, whenUncounted } = limits[name];
    for (const [by, bound] of Object.entries(bounds)) {
      const who = await whoIs(by as CountedBy, asked);
      if (who === null) continue;
      try {
        await takes.get(bound)?.(`${by === 'name' ? ANY : asked.procedure} ${who}`);
      } catch (error) {
        if (error instanceof RateLimiterRes) return secondsOf(error);
        if (whenUncounted === 'refuse') throw error;
        core.log('warn', 'a call was not counted', {
          procedure: asked.procedure,
          requestId: asked.call.requestId,
          error: error instanceof Error ? error.name : typeof error,
        });
      }
    }
    return null;
  };
}

/** In the place of a procedure, where all of a class are counted together. */
const ANY = 'any';

/** A bound is bought by the thirtieth, twenty calls at most, so that what one process keeps back is never much. */
const PARTS = 30;
const CALLS_AT_ONCE_MAX = 20;

function takeOf(core: Core, clock: Clock, name: string, { callsMax, windowSeconds }: Bound): Take {
  const limiter = new CountedByCore(core, clock, { name, callsMax, windowSeconds });
  const callsAtOnce = Math.min(CALLS_AT_ONCE_MAX, Math.max(1, Math.floor(callsMax / PARTS)));
  if (callsAtOnce === 1) return (key) => limiter.consume(key);
  const buy = async (key: string, calls: number) => ({
    endsInMilliseconds: (await limiter.consume(key, calls)).msBeforeNext,
  });
  return boughtAhead(buy, callsAtOnce);
}

/**
 * The library's limiter with core's counter as its store. Its own statement would read the clock of this machine,
 * so that processes whose clocks differ would shut out each other's callers, and would read numbers as `int8`,
 * which our pool gives as bigint.
 */
class CountedByCore extends RateLimiterPostgres {
  readonly #core: Core;
  readonly #clock: Clock;
  readonly #name: string;

  constructor(core: Core, clock: Clock, { name, callsMax, windowSeconds }: Bound & { name: string }) {
    super({
      storeClient: core.db,
      storeType: 'pool',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: '',
      points: callsMax,
      duration: windowSeconds,
      // Who has reached it is refused from memory until the window ends: a flood does not reach the database.
      inMemoryBlockOnConsumed: callsMax,
    });
    this.#core = core;
    this.#clock = clock;
    this.#name = name;
  }

  /** What the library calls to add to a count (rate-limiter-flexible 11.4, `RateLimiterStoreAbstract._upsert`). */
  async _upsert(key: string, calls: number, milliseconds: number) {
    const [procedure = '', who = ''] = splitOnce(key);
    const counted = await countCalls(this.#core, this.#clock, {
      name: `${this.#name} ${procedure}`,
      who,
      calls,
      windowSeconds: milliseconds / 1000,
    });
    return { rows: [{ points: counted.calls, expire: Date.now() + counted.endsInMilliseconds }] };
  }
}

const splitOnce = (key: string): [string, string] => {
  const at = key.indexOf(' ');
  return [key.slice(0, at), key.slice(at + 1)];
};

const secondsOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1000));

/** Null: this bound does not concern the call. */
async function whoIs(by: CountedBy, asked: CallToLimit): Promise<string | null> {
  const { caller } = asked.call;
  const network = networkOf(asked.networkAddress);
  switch (by) {
    case 'person':
      return caller.kind === 'user' ? caller.userId : null;
    case 'stranger':
      return caller.kind === 'user' ? null : network;
    case 'address':
      return network;
    case 'session':
      return caller.kind === 'user' ? JSON.stringify([caller.userId, caller.sessionId]) : null;
    case 'name': {
      const input = await asked.readInput();
      const name = fieldOf(input, 'handle') ?? fieldOf(input, 'name');
      return name === null ? null : within(network, name.toLowerCase());
    }
    case 'device':
      return within(network, fieldOf(await asked.readInput(), 'deviceId') ?? '');
  }
}

const within = (network: string, value: string): string => JSON.stringify([network, value]);

/** A text of the input; null where there is none. */
function fieldOf(input: unknown, field: string): string | null {
  const value: unknown =
    typeof input === 'object' && input !== null && Object.hasOwn(input, field)
      ? (input as Record<string, unknown>)[field]
      : null;
  return typeof value === 'string' ? value : null;
}
