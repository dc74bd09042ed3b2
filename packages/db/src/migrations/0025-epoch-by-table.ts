import { type Kysely, sql } from 'kysely';

/**
 * Tells a restored copy from the original by the table's own id besides. Transactions are numbered from about the same
 * number on in every new cluster, so that a restore in one transaction may well write the epoch's row under the very
 * number that it names. The id of a table is given anew at a restore, too, and not by an upgrade or a copy of the files,
 * after which transactions go on as they were.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const wasOurs = 'epoch.xmin = epoch.written_by::xid';
const isOurs = `${wasOurs} and epoch.tableoid = epoch.written_in`;
const wrote = 'written_by = pg_current_xact_id()';

const statements = [
  'alter table write_epochs add written_in oid not null default 0',
  // A copy whose epoch has not begun stays one.
  `update write_epochs set written_in = tableoid, ${wrote} where xmin = written_by::xid`,
  'alter table write_epochs alter written_in drop default',
  `do $$
  declare
    asking oid;
    changed integer := 0;
  begin
    for asking in select oid from pg_proc
      where pronamespace = 'public'::regnamespace and strpos(prosrc, '${wasOurs}') > 0
    loop
      execute replace(replace(pg_get_functiondef(asking), '${wasOurs}', '${isOurs}'),
        '${wrote}', '${wrote}, written_in = tableoid');
      changed := changed + 1;
    end loop;
    if changed = 0 then
      raise exception 'no function asks for the epoch';
    end if;
  end $$`,
];
