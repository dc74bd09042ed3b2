import type { escrowMachine } from '../../escrow/index.ts';
import type { CasesOf, UnattendedCase } from '../../testing/unattended-case.ts';
import type { errandMachine } from '../errand.machine.ts';
import { type ErrandScene, errandIn } from './errand-scene.ts';

/** An errand that its commands have brought into a state, and which event tells whom of its end. */
const anErrand =
  (state: OpenErrand, told: Told): UnattendedCase['bring'] =>
  async ({ scene }) => ({ id: (await errandIn(scene, state)).errandId, told: usersOf(scene, told) });

const itsEscrow =
  (state: OpenErrand, told: Told): UnattendedCase['bring'] =>
  async ({ scene }) => ({ id: (await errandIn(scene, state)).escrowId, told: usersOf(scene, told) });

type OpenErrand = 'posted' | 'accepted' | 'started' | 'completed';
type Told = Record<string, ('ada' | 'bayo')[]>;

const usersOf = (scene: ErrandScene, told: Told): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(told).map(([name, people]) => [name, people.map((person) => scene[person].userId)]),
  );

/** Each open state of an errand, and then of its escrow. */
export const unattendedErrands: CasesOf<typeof errandMachine> = {
  posted: [
    { when: 'nobody accepts', ends: 'expired', bring: anErrand('posted', { 'errand.expired': ['ada'] }) },
  ],
  accepted: [
    {
      when: 'the runner does not start',
      ends: 'expired',
      bring: anErrand('accepted', { 'errand.reopened': ['ada', 'bayo'], 'errand.expired': ['ada'] }),
    },
  ],
  started: [
    {
      when: 'the runner does not complete',
      ends: 'cancelled',
      bring: anErrand('started', { 'errand.lapsed': ['ada', 'bayo'] }),
    },
  ],
  completed: [
    {
      when: 'the sender is silent',
      ends: 'confirmed',
      bring: anErrand('completed', { 'errand.confirmed': ['ada', 'bayo'] }),
    },
  ],
};

export const unattendedEscrows: CasesOf<typeof escrowMachine> = {
  held: [
    { when: 'for nobody', ends: 'refunded', bring: itsEscrow('posted', { 'escrow.refunded': ['ada'] }) },
    {
      when: 'for one who does not start',
      ends: 'refunded',
      bring: itsEscrow('accepted', { 'escrow.refunded': ['ada'] }),
    },
    {
      when: 'for one who does not complete',
      ends: 'refunded',
      bring: itsEscrow('started', { 'escrow.refunded': ['ada', 'bayo'] }),
    },
    {
      when: 'for one who has completed',
      ends: 'released',
      bring: itsEscrow('completed', { 'escrow.released': ['ada', 'bayo'] }),
    },
  ],
};
