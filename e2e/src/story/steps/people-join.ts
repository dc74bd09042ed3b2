import { readCode } from '../sms-inbox.ts';
import type { Person, Stage } from '../stage.ts';
import { mustHold, type StoryStep } from '../story-step.ts';

/** Three people register with passkeys, verify a phone, take their roles and sign in again. */
export const peopleJoin: StoryStep = {
  name: 'people-join',
  play: async (stage) => {
    const { ada, bola, chidi } = stage;
    await join(stage, ada, 'sender');
    await join(stage, bola, 'runner');
    await join(stage, chidi, 'runner');
    return {
      line: `${ada.name}, ${bola.name} and ${chidi.name} register with passkeys, verify a phone, sign in`,
      remarks: [`${ada.name} is a sender, ${bola.name} and ${chidi.name} are runners`],
      moves: {},
    };
  },
};

async function join({ addresses }: Stage, person: Person, role: 'sender' | 'runner'): Promise<void> {
  const { dash, handle, name, phone } = person;
  await dash.signUp({ handle, displayName: name, passkeyName: 'Demo device' });
  const { verificationId } = await dash.users.startPhoneVerification({ phone });
  const code = await readCode(addresses.smsFile, phone);
  await dash.users.confirmPhoneVerification({ verificationId, code });
  await dash.users.takeRole({ role });
  await dash.signOut();
  const me = await dash.signIn({ handle });
  mustHold(me.roles.includes(role), `${name} took the role ${role} and does not have it`);
  mustHold(me.phone !== null, `the phone of ${name} is not verified`);
}
