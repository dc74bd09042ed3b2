import { type Operation, type OperationResultEnvelope, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable, observableToPromise } from '@trpc/server/observable';
import type { AppRouter } from './generated/app-router.ts';

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AppRouter>>;

/** Sends one attempt of a call. */
export type Send = (op: Operation) => Promise<Envelope>;
/** What is done around a call: it may be sent never, once or again. */
export type Around = (op: Operation, send: Send) => Promise<Envelope>;

/** A link of tRPC's chain, written as an async function. */
export function callLink(around: Around): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        around(op, (attempt) => observableToPromise(next(attempt))).then(
          (envelope) => {
            observer.next(envelope);
            observer.complete();
          },
          (failure: Error) => observer.error(TRPCClientError.from(failure)),
        );
      });
}
