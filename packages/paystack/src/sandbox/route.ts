import { setTimeout as wait } from 'node:timers/promises';
import type { Express, Request, Response } from 'express';
import type { Answer } from './answer.ts';
import { type Reply, replyAfterEffect, replyBeforeEffect } from './faults/apply-http-fault.ts';
import { concerns, type Endpoint, httpFaultSchema, takeFault } from './faults/fault-plan.ts';
import type { Query } from './listing.ts';
import type { SandboxContext } from './sandbox-context.ts';

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: unknown;
}

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  /** The name by which faults find it; left out where none may strike. */
  readonly endpoint?: Endpoint;
  /** The reference of the object concerned, for faults that name one. */
  readonly referenceOf?: (request: RouteRequest) => string | null;
  readonly handle: (request: RouteRequest) => Answer | Promise<Answer>;
}

/** What routes need of the queue of webhooks. */
export interface RouteCourier {
  deliverFor(reference: string): Promise<void>;
}

/** Puts a route into the app, with the fault plan around it. */
export function mountRoute(app: Express, context: SandboxContext, courier: RouteCourier, route: Route): void {
  app[route.method](route.path, async (request: Request, response: Response) => {
    const input = readRequest(request);
    await send(response, await replyTo(context, courier, route, input));
  });
}

async function replyTo(
  context: SandboxContext,
  courier: RouteCourier,
  route: Route,
  request: RouteRequest,
): Promise<Reply> {
  const { endpoint } = route;
  const reference = route.referenceOf?.(request) ?? null;
  const fault =
    endpoint === undefined
      ? null
      : context.books.commit((draft) =>
          takeFault(
            draft,
            httpFaultSchema,
            (planned) => planned.endpoint === endpoint && concerns(planned, reference),
          ),
        );
  if (fault === null) {
    return route.handle(request);
  }
  const refused = replyBeforeEffect(fault);
  if (refused !== null) {
    return refused;
  }
  const answer = await route.handle(request);
  if (fault.kind === 'delay') {
    await wait(fault.delaySeconds * 1_000);
  }
  if (fault.kind === 'webhook_first' && reference !== null) {
    await courier.deliverFor(reference);
  }
  return replyAfterEffect(fault, answer);
}

function readRequest(request: Request): RouteRequest {
  const query = Object.entries(request.query).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const params = Object.entries(request.params).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    params: Object.fromEntries(params),
    query: Object.fromEntries(query),
    body: request.body as unknown,
  };
}

async function send(response: Response, reply: Reply): Promise<void> {
  if ('cutAfterSeconds' in reply) {
    // A caller that gives up first ends the wait.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await wait(reply.cutAfterSeconds * 1_000, undefined, { signal: gone.signal }).catch(() => undefined);
    response.destroy();
    return;
  }
  response.status(reply.status).set(reply.headers ?? {});
  if (typeof reply.body === 'string') {
    response.type('html').send(reply.body);
  } else {
    response.json(reply.body);
  }
}

/** The text field of a body, or null. */
export function textOf(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) {
    return null;
  }
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : null;
}
