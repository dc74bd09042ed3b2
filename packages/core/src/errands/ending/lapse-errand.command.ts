import type { ErrandInput } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { giveBackErrand } from './give-back-errand.ts';

/** The clock ends a started errand that is long over its due time, and gives the money back. */
export const lapseErrand = command('errands.lapse', (tx, input: ErrandInput, context) =>
  giveBackErrand(tx, input, context, 'lapse'),
);
