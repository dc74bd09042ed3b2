import { type Kysely, sql } from 'kysely';

/**
 * What each person is told. Every event waits in `notice_queue` from its own transaction on until it has been
 * written out, one notice for each person of its audience, so that none is passed over by a reader who was quicker
 * than its commit. Where and by what the database runs does not matter for it, as it would for a place in the
 * order of transactions, which a restored copy begins anew.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Without a foreign key to the events, which are never deleted: its check would cost each command more than the row.
  `create table notice_queue (
    transaction_id xid8 not null,
    event_id uuid not null,
    primary key (transaction_id, event_id)
  )`,

  // Numbers are taken under the lock of this row, so that they have no gap and come in the order of commits.
  `create table notice_counters (
    recipient_id uuid primary key references users,
    last_number bigint not null check (last_number >= 1)
  )`,
  `create table notices (
    recipient_id uuid not null references notice_counters,
    number bigint not null check (number >= 1),
    event_id uuid not null references events,
    read_at timestamptz,
    primary key (recipient_id, number),
    unique (recipient_id, event_id)
  )`,
  `create index notices_unread on notices (recipient_id, number) where read_at is null`,

  `create function queue_notices() returns trigger language plpgsql as $$
  begin
    insert into notice_queue (transaction_id, event_id)
      select transaction_id, id from new_events where audience <> '{}';
    return null;
  end $$`,
  `create trigger events_queue_notices after insert on events
    referencing new table as new_events for each statement execute function queue_notices()`,
  `insert into notice_queue (transaction_id, event_id) select transaction_id, id from events where audience <> '{}'`,

  `grant select, insert, delete on notice_queue to errand_dash_application`,
  `grant select, insert, update on notice_counters to errand_dash_application`,
  `grant select, insert on notices to errand_dash_application`,
  `grant update (read_at) on notices to errand_dash_application`,
];
