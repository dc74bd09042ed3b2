import { beginEpoch, errorCode } from '@errand-dash/db';
import { sql } from 'kysely';
import type { Core } from './core.ts';
import { type CoreSettings, SettingsInvalid } from './settings.ts';

/**
 * Whether this database may be used as the settings say, before anything is served from it: its clock is the one
 * that was asked for, and in production the login cannot write past the ledger's guards.
 * Throws `SettingsInvalid` with all problems at once. A copy that was restored from a dump is made ready to be posted to.
 */
export async function checkDatabase(core: Core, settings: CoreSettings): Promise<void> {
  const { rows } = await sql<{ is_virtual: boolean; is_powerful: boolean }>`
    select is_virtual,
      (select rolsuper or rolbypassrls or pg_has_role(oid, (select relowner from pg_class where oid = 'transfers'::regclass), 'member')
        from pg_roles where rolname = current_user) as is_powerful
    from clock_offset`.execute(core.db);
  const [found] = rows;
  const problems: string[] = [];
  if (found?.is_virtual === true && settings.CLOCK === 'real') {
    problems.push('CLOCK must be virtual for this database: its time was moved');
  }
  if (found?.is_virtual === false && settings.CLOCK === 'virtual') {
    problems.push('CLOCK must be real for this database: its time is the real one');
  }
  if (found?.is_powerful === true && settings.NODE_ENV === 'production') {
    problems.push('DATABASE_URL must not be a superuser or the owner of the tables in production');
  }
  if (problems.length > 0) throw new SettingsInvalid(problems);
  await followRestore(core);
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Where somebody has the ledger locked for long, the worker tries again; until then balances are read the slow way. */
async function followRestore(core: Core): Promise<void> {
  try {
    if (await beginEpoch(core.db)) core.log('warn', 'this database was restored from a dump');
  } catch (error) {
    if (errorCode(error) !== LOCK_NOT_AVAILABLE) throw error;
    core.log('warn', 'a restored database is in use: it is looked at again later');
  }
}
