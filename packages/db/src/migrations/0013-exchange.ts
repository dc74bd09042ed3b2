import { type Kysely, sql } from 'kysely';

/** What people were offered for their money, and what they accepted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // The rate is as it was configured: exact, in major units of the bought currency for one of the sold.
  `create table exchange_quotes (
    id uuid primary key,
    user_id uuid not null references users,
    sold_currency text not null check (sold_currency ~ '^[A-Z]{3}$'),
    bought_currency text not null check (bought_currency ~ '^[A-Z]{3}$'),
    sold_minor bigint not null check (sold_minor between 1 and 9007199254740991),
    fee_minor bigint not null check (fee_minor between 0 and sold_minor),
    bought_minor bigint not null check (bought_minor between 1 and 9007199254740991),
    rate text not null check (rate ~ '^[0-9]{1,12}(\\.[0-9]{1,12})?$'),
    rate_from timestamptz not null,
    rate_source text not null,
    quoted_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > quoted_at),
    exchanged_at timestamptz,
    check (sold_currency <> bought_currency),
    check (exchanged_at >= quoted_at and exchanged_at < expires_at)
  )`,
  `create index exchange_quotes_by_user on exchange_quotes (user_id, id)`,
  `grant select, insert on exchange_quotes to errand_dash_application`,
  `grant update (exchanged_at) on exchange_quotes to errand_dash_application`,
];
