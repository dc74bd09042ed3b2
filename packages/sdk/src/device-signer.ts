import { bytesOfBase64Url, concatenated, toBase64Url, utf8 } from './bytes.ts';
import { errandDashError } from './errand-dash-error.ts';

/**
 * A device key that its person has enrolled, for a console or a service that has no authenticator. It signs what the
 * server lets device keys sign; the rest goes to the authenticator.
 */
export interface DeviceSigner {
  /** As `dash.approvals.enrollDeviceKey` answered it. */
  deviceKeyId: string;
  /** Signs these bytes with Ed25519 (RFC 8032) and answers 64 bytes. Where the private key lies is yours to choose. */
  sign: (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
}

/** A new pair of keys. The public one goes to `dash.approvals.enrollDeviceKey`, the private one stays where it is. */
export interface DeviceKeyPair {
  /** 32 bytes in base64url. */
  publicKey: string;
  privateKey: CryptoKey;
}

/**
 * Makes a pair of keys by WebCrypto, whose private key cannot be read out unless `isExtractable`. Node 20 and newer
 * browsers have Ed25519; elsewhere, as in React Native, make the pair with a library of your own.
 */
export async function makeDeviceKey({ isExtractable = false } = {}): Promise<DeviceKeyPair> {
  const pair = await crypto.subtle.generateKey('Ed25519', isExtractable, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('Ed25519 made no pair of keys here');
  const { x } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  if (x === undefined) throw new TypeError('the public key cannot be exported here');
  return { publicKey: x, privateKey: pair.privateKey };
}

/** A signer of WebCrypto's, for a key that {@link makeDeviceKey} made or that was imported as `Ed25519`. */
export const deviceSignerOf = (deviceKeyId: string, privateKey: CryptoKey): DeviceSigner => ({
  deviceKeyId,
  sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message)),
});

/** What the bytes that a device key signs begin with, before a zero byte and the challenge. */
const DOMAIN = 'errand-dash/device-key-signature/v1';

/** The signature of a device key over a challenge, both in base64url. Throws `AUTHENTICATOR_FAILED`. */
export async function signByDevice({ sign }: DeviceSigner, challenge: string): Promise<string> {
  const message = concatenated(utf8(`${DOMAIN}\0`), bytesOfBase64Url(challenge));
  try {
    return toBase64Url(await sign(message));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : 'UnknownError';
    const message = 'The device key could not be used.';
    throw errandDashError('AUTHENTICATOR_FAILED', { reason }, { message, cause });
  }
}
