import { createErrandDash, type ErrandDash } from '@errand-dash/sdk';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';

/** Where the parts are that the story speaks to. */
export interface SystemAddresses {
  apiUrl: string;
  /** Where each API process answers. The people are spread over them. */
  apiUrls: readonly string[];
  /** An origin whose pages may use passkeys. */
  passkeyOrigin: string;
  operationsUrl: string;
  sandboxUrl: string;
  /** The key with which the sandbox's control port is guarded; a test key that was made for this system. */
  sandboxSecret: string;
  /** Where the development adapter writes text messages. */
  smsFile: string;
}

/** Somebody in the story: a device with the SDK and a passkey. */
export interface Person {
  handle: string;
  /** Says plainly that it is nobody: `Ada (demo)`. */
  name: string;
  phone: string;
  dash: ErrandDash;
}

export interface Stage {
  addresses: SystemAddresses;
  /** The sender. */
  ada: Person;
  bola: Person;
  chidi: Person;
  /** What one step leaves for those after it. */
  kept: { errandId?: string; runner?: Person };
}

export const peopleOf = ({ ada, bola, chidi }: Stage): Person[] => [ada, bola, chidi];

/** Three people who do not exist. Nothing is sent to the numbers: messages go to a file. */
export function setStage(addresses: SystemAddresses): Stage {
  const { apiUrl, apiUrls, passkeyOrigin } = addresses;
  let people = 0;
  const nextUrl = () => apiUrls[people++ % apiUrls.length] ?? apiUrl;
  const person = (handle: string, name: string, phone: string): Person => ({
    handle,
    name: `${name} (demo)`,
    phone,
    dash: createErrandDash({
      url: nextUrl(),
      authenticator: createSoftwareAuthenticator({ origin: passkeyOrigin }),
    }),
  });
  return {
    addresses,
    ada: person('demo_ada', 'Ada', '+2348030000001'),
    bola: person('demo_bola', 'Bola', '+2348030000002'),
    chidi: person('demo_chidi', 'Chidi', '+2348030000003'),
    kept: {},
  };
}
