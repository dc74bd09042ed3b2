import { decideLagosDay, type LagosDay } from '../../lagos-day.rules.ts';
import { type Decision, isRefusal, refuse } from '../../refusal.ts';

/** The calendar days in Lagos that a statement is about; open where a side is undefined. */
export interface StatementPeriod {
  from: LagosDay | undefined;
  to: LagosDay | undefined;
}

/** The first and the last day that are asked for. Refuses with `INPUT_INVALID` no day, and an end before its beginning. */
export function decidePeriod(asked: {
  from?: string | undefined;
  to?: string | undefined;
}): Decision<StatementPeriod> {
  const from = asked.from === undefined ? undefined : decideLagosDay(asked.from, 'from');
  if (isRefusal(from)) return from;
  const to = asked.to === undefined ? undefined : decideLagosDay(asked.to, 'to');
  if (isRefusal(to)) return to;
  if (from !== undefined && to !== undefined && from.day > to.day) {
    return refuse('INPUT_INVALID', { issues: [{ path: 'to', message: 'must not be before from' }] });
  }
  return { from, to };
}
