import { type TrackedEnvelope, tracked } from '@trpc/server';
import { z } from 'zod';

/** What a stream yields, by the schema of the stream. */
const items = new WeakMap<z.ZodType, z.ZodType>();

/** The output of a subscription: events of this form, each with the id after which a client resumes. */
export function streamOf<Item extends z.ZodType>(item: Item) {
  type Yielded = AsyncIterable<TrackedEnvelope<z.input<Item>>, void>;
  const stream = z
    .custom<Yielded>(isAsyncIterable, { error: 'must be a stream' })
    .transform(async function* (given) {
      for await (const [id, event] of given) yield tracked(id, await item.parseAsync(event));
    });
  items.set(stream, item);
  return stream;
}

/** What the stream yields that this is the schema of, or undefined where it is of no stream. */
export const itemOf = (schema: unknown): z.ZodType | undefined =>
  schema instanceof z.ZodType ? items.get(schema) : undefined;

const isAsyncIterable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
