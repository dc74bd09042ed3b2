import { type Kysely, sql } from 'kysely';

/**
 * What `post_sets` takes for granted of its caller, it now looks at: that its lists are lists and as long as each other,
 * that the last run ends with the last set, and that all transfers of a set say the same. Whoever had the rights of the
 * application could otherwise move balances without a transfer that says so.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(replacePostSets).execute(db);
}

/** Of these a set has one for each of its transfers. */
const perTransfer = [
  ...['p_debits', 'p_credits', 'p_amounts_minor', 'p_posted_at', 'p_kinds', 'p_cause_types', 'p_cause_ids'],
  ...['p_authority_kinds', 'p_authority_references', 'p_authority_details'],
  ...['p_provider_references', 'p_reverses_set_ids'],
];
const alike = perTransfer.slice(3);

/** A list may be counted from elsewhere than 1, and then what is written and what is added up are not the same. */
const requireLists = `
    if array[${perTransfer.map((name) => `array_dims(${name})`).join(', ')}] <> array_fill(
        case when cardinality(p_transfer_ids) > 0 then '[1:' || cardinality(p_transfer_ids) || ']' end,
        array[${perTransfer.length}])
      or array_lower(p_transfer_ids, 1) <> 1 or array_ndims(p_transfer_ids) <> 1
      or cardinality(p_transfer_ends) > 0 and cardinality(p_transfer_ends) <> all(p_run_ends)
    then
      raise exception 'these are no sets of transfers';
    end if;`;

const requireAlike = `
        if last > first and (${alike
          .map((name) => `${name}[first:last] <> array_fill(${name}[first], array[last - first + 1])`)
          .join('\n            or ')})
        then
          raise exception 'the transfers of a set do not say the same of it';
        end if;`;

const replacePostSets = `do $do$
  declare
    definition text := pg_get_functiondef('post_sets'::regproc);
    changed text := definition;
  begin
    changed := regexp_replace(changed, '\\n  begin\\n', E'\\n  begin' || $checks$${requireLists}$checks$ || E'\\n');
    changed := regexp_replace(changed, '(\\s+for t in first \\.\\. last loop\\s+debit := p_debits\\[t\\];\\s+credit :=)',
      $checks$${requireAlike}$checks$ || '\\1');
    if changed not like '%these are no sets%' or changed not like '%do not say the same%' then
      raise exception 'post_sets is not what it was';
    end if;
    execute changed;
  end $do$`;
