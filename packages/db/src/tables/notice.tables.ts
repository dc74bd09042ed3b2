/** Events that nobody was told of yet. */
export interface NoticeQueueTable {
  /** The transaction that wrote the event: later commands have later ones. */
  transaction_id: string;
  event_id: string;
}

/** How many notices a person has had. */
export interface NoticeCountersTable {
  recipient_id: string;
  last_number: bigint;
}

/** That a person was told of an event. The words are made when it is read. */
export interface NoticesTable {
  recipient_id: string;
  /** Counts the person's notices from 1, without a gap. */
  number: bigint;
  event_id: string;
  read_at: Date | null;
}

export interface NoticeTables {
  notice_queue: NoticeQueueTable;
  notice_counters: NoticeCountersTable;
  notices: NoticesTable;
}
