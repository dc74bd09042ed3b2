import type { TRPCCombinedDataTransformer } from '@trpc/server';
import superjson from 'superjson';

/**
 * superjson with nothing but instants in a request, which is all that the server takes: members that are
 * undefined are left out, and equal objects are written out each time.
 */
export const wireTransformer: TRPCCombinedDataTransformer = {
  input: {
    serialize: (value: unknown) => {
      if (value === undefined) return undefined;
      const { json, meta } = superjson.serialize(withoutUndefined(value));
      return meta?.values === undefined ? { json } : { json, meta: { values: meta.values, v: meta.v } };
    },
    deserialize: superjson.deserialize,
  },
  output: { serialize: superjson.serialize, deserialize: superjson.deserialize },
};

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}
