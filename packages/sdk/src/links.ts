import { httpBatchLink, httpLink, type Operation, splitLink, type TRPCLink } from '@trpc/client';
import { callLink } from './call-link.ts';
import { type Fetch, fetchAnswer } from './fetch-answer.ts';
import type { AppRouter } from './generated/app-router.ts';
import { type Manifest, manifest } from './generated/manifest.ts';
import type { Session } from './session.ts';
import { streamLink } from './stream-link.ts';
import { untilAborted } from './until-aborted.ts';
import { wireTransformer } from './wire-transformer.ts';
import { type RetrySettings, withIdempotencyKey, withRetries } from './with-retries.ts';
import { asOnePerson, withToken } from './with-token.ts';

export interface LinkSettings {
  url: string;
  fetch: Fetch;
  timeoutSeconds: number;
  /** For calls whose context says `isUrgent`. */
  urgentTimeoutSeconds: number;
  retries: RetrySettings;
}

/** As many as the server takes in one request. */
const BATCH_CALLS_MAX = 20;

/**
 * The way of a call: key, retries, token, HTTP; that of a stream is its own. Mutations go one by one, so that each has
 * its own key; queries go together, and by POST, so that what is asked for does not stand in URLs.
 */
export function linksOf(settings: LinkSettings, session: Session): TRPCLink<AppRouter>[] {
  const url = `${settings.url.replace(/\/+$/, '')}/trpc`;
  const over = (timeoutSeconds: number) => ({
    url,
    transformer: wireTransformer,
    fetch: (address: unknown, init: unknown) =>
      fetchAnswer(settings.fetch, timeoutSeconds, String(address), init as RequestInit),
  });
  const headers = ({ op }: { op: Operation }) => headersOf(op);
  const calls = [
    callLink(untilAborted),
    callLink(withIdempotencyKey),
    callLink(asOnePerson(session)),
    callLink(withRetries(settings.retries)),
    callLink(withToken(session)),
    splitLink({
      condition: (op) => op.type === 'query' && !isForOperators(op),
      true: apartByToken(() =>
        httpBatchLink({
          ...over(settings.timeoutSeconds),
          methodOverride: 'POST',
          maxItems: BATCH_CALLS_MAX,
          headers: ({ opList }) => headersOf(opList[0]),
        }),
      ),
      false: splitLink({
        condition: (op) => op.context.isUrgent === true,
        true: httpLink({ ...over(settings.urgentTimeoutSeconds), headers }),
        false: httpLink({ ...over(settings.timeoutSeconds), methodOverride: 'POST', headers }),
      }),
    }),
  ];
  return [
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: streamLink({ ...settings, url }, session),
      false: calls,
    }),
  ];
}

/** A request has one token: what bears another than the call before it goes with those that come after. */
function apartByToken(makeBatch: () => TRPCLink<AppRouter>): TRPCLink<AppRouter> {
  return (runtime) => {
    let latest = { accessToken: undefined as unknown, link: makeBatch()(runtime) };
    return (chain) => {
      const { accessToken } = chain.op.context;
      if (accessToken !== latest.accessToken) latest = { accessToken, link: makeBatch()(runtime) };
      return latest.link(chain);
    };
  };
}

/** The server takes such a call only where it is alone. */
const isForOperators = ({ path }: Operation): boolean => (manifest as Manifest)[path]?.isAdmin === true;

function headersOf({ context }: Operation): Record<string, string> {
  const { accessToken, idempotencyKey } = context;
  return {
    ...(typeof accessToken === 'string' ? { authorization: `Bearer ${accessToken}` } : {}),
    ...(typeof idempotencyKey === 'string' ? { 'idempotency-key': idempotencyKey } : {}),
  };
}
