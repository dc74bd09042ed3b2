import { idPrefixes, type Notice as PresentedNotice } from '@errand-dash/contract';
import type { Notice } from '@errand-dash/core';

const prefixes: ReadonlySet<string> = new Set(Object.values(idPrefixes));

/** A notice as the person sees whom it was for. The kind of what it is about is the prefix of its public id. */
export function presentNotice({ subject, number, event, text, occurredAt, readAt }: Notice): PresentedNotice {
  if (!prefixes.has(subject.type)) throw new Error(`no public id begins with ${subject.type}`);
  return { number, event, subjectId: `${subject.type}_${subject.id}`, text, occurredAt, readAt };
}
