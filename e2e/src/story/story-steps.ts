import { booksAreCompared } from './steps/books-are-compared.ts';
import { fundWallet } from './steps/fund-wallet.ts';
import { nobodyComes } from './steps/nobody-comes.ts';
import { peopleJoin } from './steps/people-join.ts';
import { postErrands } from './steps/post-errands.ts';
import { raceToAccept } from './steps/race-to-accept.ts';
import { runAndConfirm } from './steps/run-and-confirm.ts';
import { senderStaysSilent } from './steps/sender-stays-silent.ts';
import { statementsAreProved } from './steps/statements-are-proved.ts';
import { withdrawEarnings } from './steps/withdraw-earnings.ts';
import type { StoryStep } from './story-step.ts';

/** The story, in the order in which it is told. */
export const storySteps: readonly StoryStep[] = [
  peopleJoin,
  fundWallet,
  postErrands,
  raceToAccept,
  runAndConfirm,
  withdrawEarnings,
  nobodyComes,
  senderStaysSilent,
  booksAreCompared,
  statementsAreProved,
];
