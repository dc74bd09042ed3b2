import type { Tx } from '@errand-dash/db';
import { CompiledQuery } from 'kysely';
import type { Core } from '../../core.ts';
import { type Ceremony, type CeremonyPurpose, type CeremonyTopics, openCeremony } from './sealed-ceremony.ts';

/**
 * Opens a ceremony and takes it out of use, whatever becomes of the attempt: of several at once one gets it. Null for
 * what does not open for this purpose, which is used up by nobody, and for what was used up before. It may have expired.
 */
export async function takeCeremony<P extends CeremonyPurpose>(
  tx: Tx,
  core: Pick<Core, 'keyring'>,
  purpose: P,
  text: string,
): Promise<Ceremony<CeremonyTopics[P['purpose']]> | null> {
  const ceremony = openCeremony(core, purpose, text);
  if (ceremony === null) return null;
  const spent = CompiledQuery.raw(spend, [ceremony.id, ceremony.expiresAt]);
  const { numAffectedRows } = await tx.executeQuery(spent);
  return numAffectedRows === 1n ? ceremony : null;
}

const spend = `insert into spent_ceremonies (id, expires_at) values ($1, $2) on conflict (id) do nothing`;
