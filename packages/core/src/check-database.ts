import { sql } from 'kysely';
import type { Core } from './core.ts';
import { type CoreSettings, SettingsInvalid } from './settings.ts';

/**
 * Whether this database may be used as the settings say, before anything is served from it: its clock is the one
 * that was asked for, and in production the login cannot write past the ledger's guards.
 * Throws `SettingsInvalid` with all problems at once.
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
}
