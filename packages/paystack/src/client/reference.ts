const WRITABLE_REFERENCE = /^[a-z0-9-]{16,50}$/;
const READABLE_REFERENCE = /^[A-Za-z0-9.=_-]{1,100}$/;

/**
 * Makes a reference that both of Paystack's APIs take, such as `wd-<uuid>` or `tu-<uuid>`. Transactions
 * allow `A-Za-z0-9-.=`, transfers `a-z0-9_-` with 16 to 50 characters; ours is what both allow.
 * Throws a TypeError when the result would not fit.
 */
export function newReference(prefix: string, uuid: string): string {
  const reference = `${prefix}-${uuid}`;
  if (!isReference(reference)) {
    throw new TypeError('A reference must be 16 to 50 characters of a-z, 0-9 and "-"');
  }
  return reference;
}

/** Whether a reference may be sent to either API. */
export function isReference(text: string): boolean {
  return WRITABLE_REFERENCE.test(text);
}

/**
 * Whether a reference may be asked about: also those that others gave to objects on our account. Only
 * dots would be a path segment that URL parsing removes, and so another endpoint.
 */
export function isReadableReference(text: string): boolean {
  return READABLE_REFERENCE.test(text) && !/^\.+$/.test(text);
}

export function requireReference(text: string): string {
  if (!isReference(text)) {
    throw new TypeError('A reference must be 16 to 50 characters of a-z, 0-9 and "-"');
  }
  return text;
}

export function requireReadableReference(text: string): string {
  if (!isReadableReference(text)) {
    throw new TypeError('A reference must be 1 to 100 characters of A-Z, a-z, 0-9, ".", "=", "_" and "-"');
  }
  return text;
}
