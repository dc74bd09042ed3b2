import { serializePlain } from '@errand-dash/core';
import type { TRPCCombinedDataTransformer } from '@trpc/server';
import superjson, { type SuperJSONResult } from 'superjson';

/** A request that carries something else than JSON and instants. */
export class AnnotationRefused extends Error {
  override readonly name = 'AnnotationRefused';
}

/**
 * superjson both ways, but a request may carry no annotation other than Date: superjson would else hand maps,
 * regular expressions and bigints of any length to whatever reads the input first.
 */
export const wireTransformer: TRPCCombinedDataTransformer = {
  input: {
    serialize: superjson.serialize,
    // In place: the copy that superjson makes else turns a member named __proto__ into a prototype, unseen by schemas.
    deserialize: (payload: unknown) => superjson.deserialize(onlyInstants(payload), { inPlace: true }),
  },
  output: {
    serialize: (answer: unknown) => serializePlain(answer) ?? superjson.serialize(answer),
    deserialize: superjson.deserialize,
  },
};

function onlyInstants(payload: unknown): SuperJSONResult {
  if (!isRecord(payload) || !hasOnly(payload, ['json', 'meta']) || !('json' in payload)) {
    throw new AnnotationRefused('an input is { "json": … } with an optional "meta"');
  }
  if (payload.meta !== undefined) {
    const { meta } = payload;
    if (!isRecord(meta) || !hasOnly(meta, ['values', 'v']) || (meta.v !== undefined && meta.v !== 1)) {
      throw new AnnotationRefused('meta holds "values" and "v": 1 only');
    }
    if (meta.values !== undefined && !isDatesOnly(meta.values)) {
      throw new AnnotationRefused('meta.values may name Date only');
    }
  }
  return payload as unknown as SuperJSONResult;
}

/** superjson's tree of annotations: `["Date"]` at a leaf, paths as keys above it. */
function isDatesOnly(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.length === 1 && tree[0] === 'Date';
  return isRecord(tree) && Object.values(tree).every(isDatesOnly);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hasOnly = (record: Record<string, unknown>, keys: readonly string[]): boolean =>
  Object.keys(record).every((key) => keys.includes(key));
