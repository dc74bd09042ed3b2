/** What JSON carries. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * RFC 8785 canonical JSON: no space, and members in the order of their UTF-16 code units. Numbers and texts are
 * written as `JSON.stringify` writes them, which is what the RFC prescribes.
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([first], [second]) => (first < second ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

// `Array.isArray` does not narrow a readonly list.
const isList = (value: object): value is readonly Json[] => Array.isArray(value);
