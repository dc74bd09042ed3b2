import { parseArgs } from 'node:util';

/** What `npm run admin` is asked for. */
export type AdminRequest =
  | { kind: 'grant'; handle: string; isForced: boolean }
  | { kind: 'list'; isJson: boolean };

/** Reads the arguments; null where they are none that it takes. */
export function readAdminRequest(args: string[]): AdminRequest | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { force: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    });
    const [verb, role, handle, ...others] = positionals;
    const isGrant = verb === 'grant' && role === 'super_admin' && handle !== undefined;
    if (isGrant && others.length === 0 && !values.json) {
      return { kind: 'grant', handle, isForced: values.force };
    }
    const isList = verb === 'list' && role === undefined && !values.force;
    return isList ? { kind: 'list', isJson: values.json } : null;
  } catch {
    return null;
  }
}
