import { type Kysely, sql } from 'kysely';

/**
 * A passkey's row is written at each sign-in and each signature. Its four CHECKs and the condition of its trigger were
 * read anew each time, which cost more than what is written; they are the rules of one trigger now, whose function is
 * read once a connection. Nothing that was refused before is taken.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const rules = {
  // WebAuthn level 3, section 7.1, step 25.
  credential_id: 'octet_length(new.credential_id) between 1 and 1023',
  algorithm: 'new.algorithm in (-8, -7, -257)',
  counter: 'new.counter between 0 and 4294967295',
  backup: 'new.is_backup_eligible or not new.is_backed_up',
};

const cases = Object.entries(rules).map(([name, rule]) => `when (${rule}) is false then 'passkeys_${name}'`);

// As with a CHECK, a rule whose condition is null is kept, and a broken one is told by SQLSTATE and name.
const checkPasskeys = `create function check_passkeys() returns trigger language plpgsql as $$
  declare
    broken pg_catalog.text := case ${cases.join('\n')} end;
  begin
    if tg_op = 'UPDATE' and old.removed_at is not null then
      raise exception 'a passkey that was removed stays as it was' using errcode = 'insufficient_privilege';
    end if;
    if broken is not null then
      raise exception 'a row of passkeys violates the rule "%"', broken
        using errcode = 'check_violation', table = 'passkeys', constraint = broken;
    end if;
    return new;
  end $$`;

const statements = [
  `do $$
  declare
    replaced text;
  begin
    for replaced in select conname from pg_constraint where conrelid = 'passkeys'::regclass and contype = 'c'
    loop
      execute format('alter table passkeys drop constraint %I', replaced);
    end loop;
  end $$`,
  'drop trigger removed_passkeys_stay on passkeys',
  `create trigger removed_passkeys_stay before delete on passkeys for each row
    when (old.removed_at is not null) execute function refuse_to_use_removed()`,
  checkPasskeys,
  'revoke execute on function check_passkeys from public',
  `create trigger passkeys_hold_together before insert or update on passkeys
    for each row execute function check_passkeys()`,
];
