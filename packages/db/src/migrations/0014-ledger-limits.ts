import { type Kysely, sql } from 'kysely';
import { pinned } from './0002-ledger-posting.ts';

/**
 * Limits of a day that the ledger itself counts: `post_sets` adds what a set counts to the counters of its day, or
 * refuses the set. Each count is kept beside the counter, so that every counter can be recomputed.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...tables, ...days, ...counting, ...guards]) await sql.raw(statement).execute(db);
}

const asked = `jsonb_to_recordset(p_counts)
  as (set_position integer, limit_name text, owner_id text, currency text, amount_minor bigint, ceiling_minor bigint)`;

const tables = [
  // Half of each page is free, so that a counter is moved without touching its index.
  `create table limit_counters (
    limit_name text collate "C" not null check (limit_name <> ''),
    owner_id text collate "C" not null check (owner_id <> ''),
    currency text collate "C" not null check (currency ~ '^[A-Z]{3}$'),
    day date not null,
    used_minor bigint not null check (used_minor between 0 and 9007199254740991),
    primary key (limit_name, owner_id, currency, day)
  ) with (fillfactor = 50)`,

  `create table limit_counts (
    set_id uuid not null,
    limit_name text collate "C" not null,
    owner_id text collate "C" not null,
    currency text collate "C" not null,
    day date not null,
    amount_minor bigint not null check (amount_minor between 1 and 9007199254740991),
    primary key (set_id, limit_name, owner_id, currency)
  )`,
];

const days = [
  // Nigeria is an hour ahead of UTC all year (IANA tz database, Africa/Lagos), which the database need not look up.
  `create function lagos_day(p_at timestamptz) returns date language sql immutable
    return (p_at at time zone interval '1 hour')::date`,
  // When the day is over.
  `create function lagos_day_ends_at(p_day date) returns timestamptz language sql immutable
    return (p_day + 1)::timestamp at time zone interval '1 hour'`,
];

const counting = [
  // Locks the counters of all sets of a call, in the order of their keys, and opens those that there are not yet: a
  // row that is in conflict is locked even though nothing is set.
  `create function lock_limits(p_counts jsonb, p_transfer_ends integer[], p_posted_at timestamptz[])
  returns void language sql ${pinned} as $$
    insert into limit_counters (limit_name, owner_id, currency, day, used_minor)
      select distinct limit_name, owner_id, currency, lagos_day(p_posted_at[p_transfer_ends[set_position]]), 0
      from ${asked}
      where p_posted_at[p_transfer_ends[set_position]] is not null
      order by 1, 2, 3, 4
      on conflict (limit_name, owner_id, currency, day) do update set used_minor = 0 where false
  $$`,

  // Counts all of one set, or nothing and answers the first limit that it would exceed.
  `create function count_limits(p_set_position integer, p_set_id uuid, p_posted_at timestamptz, p_counts jsonb)
  returns jsonb language plpgsql ${pinned} as $$
  declare
    refused jsonb;
  begin
    select jsonb_build_object('limit', limit_name, 'ownerId', owner_id, 'currency', currency,
        'usedMinor', used_minor::text, 'ceilingMinor', ceiling_minor::text, 'askedMinor', amount_minor::text,
        'resetsAt', floor(extract(epoch from lagos_day_ends_at(day)) * 1000))
      into refused
      from rows from (${asked}) with ordinality as asked
        (set_position, limit_name, owner_id, currency, amount_minor, ceiling_minor, position)
      join limit_counters using (limit_name, owner_id, currency)
      where set_position = p_set_position and day = lagos_day(p_posted_at)
        and not coalesce(used_minor + amount_minor <= ceiling_minor, false)
      order by position limit 1;
    if found then
      return refused;
    end if;
    with counted as (
      insert into limit_counts (set_id, limit_name, owner_id, currency, day, amount_minor)
        select p_set_id, limit_name, owner_id, currency, lagos_day(p_posted_at), amount_minor
        from ${asked} where set_position = p_set_position
        returning limit_name, owner_id, currency, day, amount_minor
    )
    update limit_counters set used_minor = used_minor + amount_minor from counted
      where limit_counters.limit_name = counted.limit_name and limit_counters.owner_id = counted.owner_id
        and limit_counters.currency = counted.currency and limit_counters.day = counted.day;
    return null;
  end $$`,
];

const guards = [
  `create trigger limit_counters_move_by_posting before insert or update on limit_counters
    for each statement execute function require_posting()`,
  `create trigger limit_counters_stay before delete or truncate on limit_counters
    for each statement execute function refuse_change()`,
  `create trigger limit_counts_come_by_posting before insert on limit_counts for each statement execute function require_posting()`,
  `create trigger limit_counts_stay before update or delete or truncate on limit_counts
    for each statement execute function refuse_change()`,
  'revoke execute on function lock_limits, count_limits, lagos_day, lagos_day_ends_at from public',
  'grant execute on function lagos_day, lagos_day_ends_at to errand_dash_application',
  'grant select on limit_counters, limit_counts to errand_dash_application',
];
