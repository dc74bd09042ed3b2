import { type Kysely, sql } from 'kysely';

/** From where the codes of a recovery were asked for; and that approvals and quotes which came to nothing may go. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // A keyed hash of the network, so that codes are counted by who asks and nobody uses up those of another.
  `alter table recoveries add column asker_hash bytea check (octet_length(asker_hash) = 32)`,
  `alter table recoveries add constraint recoveries_asked_by_somebody
    check (asker_hash is null or codes_asked_at is not null)`,
  `grant update (asker_hash) on recoveries to errand_dash_application`,

  // What was tried stays for ever, whatever came of it.
  `drop trigger approvals_stay on approvals`,
  `create trigger approvals_stay_once_tried before delete on approvals for each row
    when (old.state <> 'open') execute function refuse_to_rewrite()`,
  `create trigger approvals_stay before truncate on approvals
    for each statement execute function refuse_to_rewrite()`,
  `create index approvals_open_by_expires_at on approvals (expires_at) where state = 'open'`,
  `grant delete on approvals to errand_dash_application`,

  `create trigger exchange_quotes_stay_once_exchanged before delete on exchange_quotes for each row
    when (old.exchanged_at is not null) execute function refuse_to_rewrite()`,
  `create trigger exchange_quotes_stay before truncate on exchange_quotes
    for each statement execute function refuse_to_rewrite()`,
  `create index exchange_quotes_open_by_expires_at on exchange_quotes (expires_at) where exchanged_at is null`,
  `grant delete on exchange_quotes to errand_dash_application`,
];
