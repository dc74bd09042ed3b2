import { Refused, SettingsInvalid } from '@errand-dash/core';
import { type AdminRequest, readAdminRequest } from './admin/admin-request.ts';
import { answerAdmin } from './admin/answer-admin.ts';
import { withCore } from './ledger/with-core.ts';
import { withSystemSettings } from './with-system-settings.ts';

const usage = `npm run admin -- grant super_admin HANDLE [--force]
  Makes a person the first super admin, who then grants every other role by signature. Where there is one already it
  is refused, unless with --force: for when none of them can sign any more.

npm run admin -- list [--json]
  Prints who works for the platform, and by whom.`;

/** `npm run admin`: what is done on the server itself, on the database of DATABASE_URL, else on the embedded one. */
async function main(): Promise<number> {
  const request = readAdminRequest(process.argv.slice(2));
  if (request === null) {
    console.error(usage);
    return 2;
  }
  try {
    console.log(await onServer(request));
    return 0;
  } catch (error) {
    const isTold = error instanceof SettingsInvalid || error instanceof Refused;
    console.error(isTold ? tellingOf(error) : error);
    return 1;
  }
}

const onServer = (request: AdminRequest): Promise<string> =>
  withSystemSettings((environment) =>
    withCore(environment, { name: 'admin', writes: request.kind !== 'list' }, (core) =>
      answerAdmin(core, request),
    ),
  );

/** A refusal with its details, which name what is in the way. */
const tellingOf = (error: SettingsInvalid | Refused): string =>
  error instanceof Refused
    ? `${error.message} ${error.refusal.code} ${JSON.stringify(error.refusal.details)}`
    : error.message;

process.exitCode = await main();
