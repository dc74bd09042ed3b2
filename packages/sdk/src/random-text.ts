const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** So many random characters of base64url's alphabet; 22 carry 132 bits. */
export function randomText(length: number): string {
  const { crypto } = globalThis;
  if (typeof crypto?.getRandomValues !== 'function') {
    throw new Error(
      'crypto.getRandomValues is missing here: load react-native-get-random-values before this SDK',
    );
  }
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  // 256 is a multiple of 64, so that every character is equally likely.
  return Array.from(bytes, (byte) => alphabet[byte % 64]).join('');
}
