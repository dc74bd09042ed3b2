import { parse, stringify } from 'uuid';
import { after } from '../../clock.ts';
import { type Core, newId } from '../../core.ts';
import { open, rowKeys, SealBroken, type SealedPlace, seal } from '../../sealing.ts';

/** What a ceremony is for, and whose it is where somebody signed in begins it. It opens for nothing and nobody else. */
export type CeremonyPurpose =
  | { purpose: 'registration' }
  | { purpose: 'sign_in' }
  | { purpose: 'add_passkey'; userId: string; sessionId: string };

/** What is asked in a ceremony of each purpose. */
export interface CeremonyTopics {
  registration: { userId: string; handle: string; displayName: string };
  /** Null: any passkey may answer. */
  sign_in: { allowedPasskeyIds: readonly string[] | null };
  add_passkey: Record<string, never>;
}

type TopicOf<P extends CeremonyPurpose> = CeremonyTopics[P['purpose']];

/** A challenge and for what it was given. */
export interface Ceremony<Topic> {
  id: string;
  challenge: Uint8Array;
  expiresAt: Date;
  topic: Topic;
}

/** A ceremony as it is handed out, with what its challenge goes into. */
export interface BegunCeremony {
  /** The whole ceremony, sealed, in base64url. As long for one topic as for another whose parts are as long. */
  ceremony: string;
  challenge: Uint8Array;
  expiresAt: Date;
}

/** Begins a ceremony, of which nothing is stored: whoever answers it hands it back. */
export function beginCeremony<P extends CeremonyPurpose>(
  core: Pick<Core, 'keyring' | 'policy' | 'random'>,
  now: Date,
  purpose: P,
  topic: TopicOf<P>,
): BegunCeremony {
  const id = newId(core, now);
  const challenge = core.random(CHALLENGE_BYTES);
  const expiresAt = after(now, core.policy.auth.challengeSeconds);
  const place = placeOf(id, purpose);
  const content: Content<TopicOf<P>> = [
    Buffer.from(challenge).toString('base64url'),
    expiresAt.getTime(),
    topic,
  ];
  const sealed = seal(rowKeys(core.keyring, place)[0], place, JSON.stringify(content), core.random);
  return { ceremony: Buffer.concat([parse(id), sealed]).toString('base64url'), challenge, expiresAt };
}

/** A ceremony that was begun for this purpose, or null for any other text. It may have expired, or been used before. */
export function openCeremony<P extends CeremonyPurpose>(
  { keyring }: Pick<Core, 'keyring'>,
  purpose: P,
  text: string,
): Ceremony<TopicOf<P>> | null {
  const id = ceremonyIdOf(text);
  if (id === null) return null;
  const place = placeOf(id, purpose);
  try {
    const sealed = Buffer.from(text, 'base64url').subarray(ID_BYTES);
    const content = open(rowKeys(keyring, place), place, sealed).toString('utf8');
    const [challenge, expiresAt, topic] = JSON.parse(content) as Content<TopicOf<P>>;
    return { id, challenge: Buffer.from(challenge, 'base64url'), expiresAt: new Date(expiresAt), topic };
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}

/** By which id a text calls itself a ceremony, be it one or not; null where it does not. */
export function ceremonyIdOf(text: string): string | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length <= ID_BYTES) return null;
  try {
    return stringify(bytes.subarray(0, ID_BYTES));
  } catch {
    return null;
  }
}

/** The challenge in base64url, the expiry in milliseconds since 1970, and what is asked. */
type Content<Topic> = [challenge: string, expiresAt: number, topic: Topic];

export const CHALLENGE_BYTES = 32;
const ID_BYTES = 16;

const placeOf = (id: string, purpose: CeremonyPurpose): SealedPlace => ({
  table: 'spent_ceremonies',
  row: id,
  column:
    purpose.purpose === 'add_passkey'
      ? `add_passkey of ${purpose.userId} in ${purpose.sessionId}`
      : purpose.purpose,
});
