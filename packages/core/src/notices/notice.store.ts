import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import { noticeText } from './notice-texts.ts';

/** What a person is told. */
export interface Notice {
  /** Counts the person's notices from 1, without a gap. */
  number: number;
  event: string;
  subject: { type: string; id: string };
  text: string;
  occurredAt: Date;
  readAt: Date | null;
}

/** An end to a worker who stands still in the middle, so that the others need not wait for it. */
const STAND_STILL_SECONDS = 10;

/** Lets one transaction at a time write notices, so that their numbers come in the order of the events. */
export async function lockDelivery(tx: Tx): Promise<void> {
  await sql`select set_config('idle_in_transaction_session_timeout', ${`${STAND_STILL_SECONDS}s`}, true),
    pg_advisory_xact_lock(hashtextextended('notices.deliver', 0))`.execute(tx);
}

/**
 * Writes the notices of the oldest events that wait, at most so many, and takes the events out of the queue.
 * Answers how many events. Whoever takes the same ones at the same time finds none of them any more.
 */
export async function deliverQueued(tx: Tx, limit: number): Promise<number> {
  const { rows } = await sql<{ taken: number }>`
    with due as (
      select transaction_id, event_id from notice_queue order by transaction_id, event_id limit ${limit}
    ), taken as (
      delete from notice_queue using due
      where notice_queue.transaction_id = due.transaction_id and notice_queue.event_id = due.event_id
      returning notice_queue.transaction_id, notice_queue.event_id
    ), told as (
      select users.id as recipient_id, taken.event_id,
        row_number() over (partition by users.id order by taken.transaction_id, taken.event_id) as place
      from taken join events on events.id = taken.event_id join users on users.id = any (events.audience)
    ), counted as (
      insert into notice_counters as counter (recipient_id, last_number)
      select recipient_id, count(*) from told group by recipient_id order by recipient_id
      on conflict (recipient_id) do update set last_number = counter.last_number + excluded.last_number
      returning recipient_id, last_number
    ), written as (
      insert into notices (recipient_id, number, event_id)
      select recipient_id, last_number - count(*) over (partition by recipient_id) + place, event_id
      from told join counted using (recipient_id)
    )
    select count(*)::integer as taken from taken`.execute(tx);
  return rows[0]?.taken ?? 0;
}

export interface NoticeSelection {
  recipientId: string;
  unreadOnly: boolean;
  beforeNumber: number | null;
  limit: number;
}

/** A person's notices, newest first. */
export async function selectNotices(db: Db, given: NoticeSelection): Promise<Notice[]> {
  const { recipientId, unreadOnly, beforeNumber, limit } = given;
  let select = noticesIn(db).where('recipient_id', '=', recipientId).orderBy('number', 'desc').limit(limit);
  if (unreadOnly) select = select.where('read_at', 'is', null);
  if (beforeNumber !== null) select = select.where('number', '<', BigInt(beforeNumber));
  return (await select.execute()).map(noticeOf);
}

/** For each of these places the notices after it, oldest first, at most so many each. In the order of the places. */
export async function selectNoticesAfter(
  db: Db,
  places: readonly { recipientId: string; number: number }[],
  limitEach: number,
): Promise<Notice[][]> {
  const found = places.map((): Notice[] => []);
  if (places.length === 0) return found;
  const { rows } = await sql<NoticeRow & { place: bigint }>`
    select watched.place, found.* from unnest(
      ${places.map(({ recipientId }) => recipientId)}::uuid[], ${places.map(({ number }) => number)}::bigint[]
    ) with ordinality as watched (recipient_id, number, place)
    cross join lateral (
      select notices.recipient_id, notices.number, notices.read_at, events.name, events.subject_type,
        events.subject_id, events.actor_kind, events.audience, events.data, events.occurred_at
      from notices join events on events.id = notices.event_id
      where notices.recipient_id = watched.recipient_id and notices.number > watched.number
      order by notices.number limit ${limitEach}
    ) as found
    order by watched.place, found.number`.execute(db);
  for (const row of rows) found[Number(row.place) - 1]?.push(noticeOf(row));
  return found;
}

const noticesIn = (db: Db) =>
  db
    .selectFrom('notices')
    .innerJoin('events', 'events.id', 'notices.event_id')
    .select([
      'notices.recipient_id',
      'notices.number',
      'notices.read_at',
      'events.name',
      'events.subject_type',
      'events.subject_id',
      'events.actor_kind',
      'events.audience',
      'events.data',
      'events.occurred_at',
    ]);

interface NoticeRow {
  recipient_id: string;
  number: bigint;
  read_at: Date | null;
  name: string;
  subject_type: string;
  subject_id: string;
  actor_kind: string;
  audience: string[];
  data: unknown;
  occurred_at: Date;
}

function noticeOf(row: NoticeRow): Notice {
  const { name, actor_kind: actorKind, audience, data } = row;
  return {
    number: Number(row.number),
    event: name,
    subject: { type: row.subject_type, id: row.subject_id },
    text: noticeText({ name, actorKind, audience, data }, row.recipient_id),
    occurredAt: row.occurred_at,
    readAt: row.read_at,
  };
}

export async function countUnreadOf(db: Db, recipientId: string): Promise<number> {
  const { count } = await db
    .selectFrom('notices')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .where('recipient_id', '=', recipientId)
    .where('read_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The number of the newest notice; 0 where there is none. */
export async function findLastNumber(db: Db, recipientId: string): Promise<number> {
  const row = await db
    .selectFrom('notice_counters')
    .select('last_number')
    .where('recipient_id', '=', recipientId)
    .executeTakeFirst();
  return Number(row?.last_number ?? 0n);
}

/** The number of the oldest unread notice, or null where all are read. */
export async function findFirstUnread(db: Db, recipientId: string): Promise<number | null> {
  const row = await db
    .selectFrom('notices')
    .select('number')
    .where('recipient_id', '=', recipientId)
    .where('read_at', 'is', null)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : Number(row.number);
}

/** Marks what is unread up to a number, or of that number alone. */
export async function saveRead(
  tx: Tx,
  recipientId: string,
  given: { number: number } | { upToNumber: number },
  now: Date,
): Promise<void> {
  const isOne = 'number' in given;
  await tx
    .updateTable('notices')
    .set({ read_at: now })
    .where('recipient_id', '=', recipientId)
    .where('read_at', 'is', null)
    .where('number', isOne ? '=' : '<=', BigInt(isOne ? given.number : given.upToNumber))
    .execute();
}
