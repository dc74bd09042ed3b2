import type { ErrandInput } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { giveBackErrand } from './give-back-errand.ts';

/** The clock ends an errand that nobody has taken in time, and gives the money back. */
export const expireErrand = command('errands.expire', (tx, input: ErrandInput, context) =>
  giveBackErrand(tx, input, context, 'expire'),
);
