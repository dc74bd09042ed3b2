import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { authenticatorData, type Flags } from './authenticator-data.ts';
import { type Cbor, encodeCbor } from './cbor.ts';
import {
  type Algorithm,
  coseAlgorithms,
  coseKey,
  exportKey,
  exportPublicKey,
  generateKey,
  importKey,
  signWith,
} from './credential-key.ts';
import type {
  AssertionJson,
  AttestationJson,
  CreationOptionsJson,
  RequestOptionsJson,
} from './webauthn-json.ts';

export interface SoftwareAuthenticatorOptions {
  /** Where the page runs, such as `https://app.example`. */
  origin: string;
  /** For credential ids. Keys always come from the machine's own generator. */
  random?: (bytes: number) => Uint8Array;
  /** What it can sign with; the relying party's order decides among them. All three unless given. */
  algorithms?: readonly Algorithm[];
  /** A passkey that may be synced, and whether it is. Synced and so unless given. */
  isBackupEligible?: boolean;
  isBackedUp?: boolean;
  /** Without a counter it always says 0, as synced passkeys do. It counts unless told otherwise. */
  hasCounter?: boolean;
}

/** How one ceremony leaves the right way, for tests of those who verify. */
export interface Deviations extends Partial<Flags> {
  origin?: string;
  rpId?: string;
  type?: string;
  challenge?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  counter?: number;
  /** Another handle than the credential's, or null for none. */
  userHandle?: string | null;
  /** At creation: the credential's id, such as one that another person has. */
  credentialId?: string;
  /** At sign-in: answers with this credential of its own, allowed or not. */
  useCredentialId?: string;
}

/** A passkey with its private key, as it is kept. */
export interface StoredPasskey {
  credentialId: string;
  rpId: string;
  userHandle: string;
  userName: string;
  algorithm: Algorithm;
  /** PKCS #8 in DER, base64url. */
  privateKey: string;
  counter: number;
  isBackupEligible: boolean;
  isBackedUp: boolean;
}

/** A passkey provider and the browser before it, in one. All its credentials are discoverable. */
export interface SoftwareAuthenticator {
  create: (options: CreationOptionsJson, deviations?: Deviations) => Promise<AttestationJson>;
  get: (options: RequestOptionsJson, deviations?: Deviations) => Promise<AssertionJson>;
  export: () => StoredPasskey[];
  import: (passkeys: readonly StoredPasskey[]) => void;
}

/** What a browser would throw; `name` is the name of its DOMException. */
export class CeremonyRefused extends Error {
  constructor(
    name: 'SecurityError' | 'InvalidStateError' | 'NotAllowedError' | 'NotSupportedError',
    message: string,
  ) {
    super(message);
    this.name = name;
  }
}

/** Makes an authenticator that answers with genuine CTAP2 data: attestation "none", user present and verified. */
export function createSoftwareAuthenticator(options: SoftwareAuthenticatorOptions): SoftwareAuthenticator {
  const passkeys = new Map<string, Passkey>();
  return {
    create: async (creation, deviations = {}) => create(options, passkeys, creation, deviations),
    get: async (request, deviations = {}) => get(options, passkeys, request, deviations),
    export: () =>
      [...passkeys.values()].map(({ privateKey, ...kept }) => ({
        ...kept,
        privateKey: exportKey(privateKey),
      })),
    import: (stored) => {
      for (const passkey of stored) {
        passkeys.set(passkey.credentialId, { ...passkey, privateKey: importKey(passkey.privateKey) });
      }
    },
  };
}

type Passkey = Omit<StoredPasskey, 'privateKey'> & { privateKey: KeyObject };

function create(
  options: SoftwareAuthenticatorOptions,
  passkeys: Map<string, Passkey>,
  creation: CreationOptionsJson,
  deviations: Deviations,
): AttestationJson {
  const rpId = rpIdFor(options, creation.rp.id);
  if (creation.excludeCredentials?.some(({ id }) => passkeys.has(id))) {
    throw new CeremonyRefused('InvalidStateError', 'this authenticator has a passkey of the account already');
  }
  const passkey = makePasskey(options, creation, rpId, deviations);
  const credentialId = Buffer.from(passkey.credentialId, 'base64url');
  const data = authenticatorData({
    rpId: deviations.rpId ?? rpId,
    flags: flagsOf(passkey, deviations),
    counter: deviations.counter ?? passkey.counter,
    attested: { credentialId, publicKey: coseKey(passkey.algorithm, passkey.privateKey) },
  });
  passkeys.set(passkey.credentialId, passkey);
  const attestation = new Map<string, Cbor>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', data],
  ]);
  return {
    ...credentialJson(passkey.credentialId),
    response: {
      clientDataJSON: clientData(options, 'webauthn.create', creation.challenge, deviations).toString(
        'base64url',
      ),
      attestationObject: encodeCbor(attestation).toString('base64url'),
      authenticatorData: data.toString('base64url'),
      transports: ['internal', 'hybrid'],
      publicKeyAlgorithm: coseAlgorithms[passkey.algorithm],
      publicKey: exportPublicKey(passkey.privateKey),
    },
  };
}

function get(
  options: SoftwareAuthenticatorOptions,
  passkeys: Map<string, Passkey>,
  request: RequestOptionsJson,
  deviations: Deviations,
): AssertionJson {
  const passkey = choose(passkeys, rpIdFor(options, request.rpId), request, deviations.useCredentialId);
  if (options.hasCounter !== false) passkey.counter += 1;
  const data = authenticatorData({
    rpId: deviations.rpId ?? passkey.rpId,
    flags: flagsOf(passkey, deviations),
    counter: deviations.counter ?? passkey.counter,
  });
  const client = clientData(options, 'webauthn.get', request.challenge, deviations);
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  const userHandle = deviations.userHandle === undefined ? passkey.userHandle : deviations.userHandle;
  return {
    ...credentialJson(passkey.credentialId),
    response: {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signWith(passkey.algorithm, passkey.privateKey, signed).toString('base64url'),
      ...(userHandle === null ? {} : { userHandle }),
    },
  };
}

/** The id of the relying party must be the page's host or a domain above it (WebAuthn level 3, section 5.1.3). */
function rpIdFor(options: SoftwareAuthenticatorOptions, asked: string | undefined): string {
  const host = new URL(options.origin).hostname;
  const rpId = asked ?? host;
  if (host !== rpId && !host.endsWith(`.${rpId}`)) {
    throw new CeremonyRefused('SecurityError', `${rpId} is not a relying party of ${options.origin}`);
  }
  return rpId;
}

function makePasskey(
  options: SoftwareAuthenticatorOptions,
  creation: CreationOptionsJson,
  rpId: string,
  deviations: Deviations,
): Passkey {
  const able = options.algorithms ?? (['ES256', 'EdDSA', 'RS256'] as const);
  const algorithm = creation.pubKeyCredParams
    .map(({ alg }) => able.find((candidate) => coseAlgorithms[candidate] === alg))
    .find((candidate) => candidate !== undefined);
  if (algorithm === undefined) throw new CeremonyRefused('NotSupportedError', 'no algorithm in common');
  const random = options.random ?? randomBytes;
  return {
    credentialId: deviations.credentialId ?? Buffer.from(random(32)).toString('base64url'),
    rpId,
    userHandle: creation.user.id,
    userName: creation.user.name,
    algorithm,
    privateKey: generateKey(algorithm),
    counter: 0,
    isBackupEligible: options.isBackupEligible ?? true,
    isBackedUp: options.isBackedUp ?? true,
  };
}

function choose(
  passkeys: Map<string, Passkey>,
  rpId: string,
  request: RequestOptionsJson,
  useCredentialId: string | undefined,
): Passkey {
  const allowed = request.allowCredentials ?? [];
  const candidates = [...passkeys.values()].filter((passkey) =>
    useCredentialId === undefined
      ? passkey.rpId === rpId &&
        (allowed.length === 0 || allowed.some(({ id }) => id === passkey.credentialId))
      : passkey.credentialId === useCredentialId,
  );
  const newest = candidates.at(-1);
  if (newest === undefined) throw new CeremonyRefused('NotAllowedError', 'no passkey here fits the request');
  return newest;
}

const flagsOf = (passkey: Passkey, deviations: Deviations): Flags => ({
  isUserPresent: deviations.isUserPresent ?? true,
  isUserVerified: deviations.isUserVerified ?? true,
  isBackupEligible: deviations.isBackupEligible ?? passkey.isBackupEligible,
  isBackedUp: deviations.isBackedUp ?? passkey.isBackedUp,
});

function clientData(
  options: SoftwareAuthenticatorOptions,
  type: string,
  challenge: string,
  deviations: Deviations,
): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: deviations.type ?? type,
      challenge: deviations.challenge ?? challenge,
      origin: deviations.origin ?? options.origin,
      crossOrigin: deviations.crossOrigin ?? false,
      ...(deviations.topOrigin === undefined ? {} : { topOrigin: deviations.topOrigin }),
    }),
  );
}

const credentialJson = (id: string) =>
  ({
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
  }) as const;
