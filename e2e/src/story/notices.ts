import type { Person } from './stage.ts';
import { until } from './until.ts';

/** Waits until a person is told of an event, and says in which words. */
export function untilNotified({ dash, name }: Person, event: string, subjectId: string): Promise<string> {
  return until(`${name} to be told of ${event}`, async () => {
    const { notices } = await dash.notices.list();
    const told = notices.find((notice) => notice.event === event && notice.subjectId === subjectId);
    return told?.text ?? null;
  });
}
