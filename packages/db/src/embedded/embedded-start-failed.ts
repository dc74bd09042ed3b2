/** The embedded PostgreSQL could not be brought up; the message names what to do about it. */
export class EmbeddedStartFailed extends Error {
  readonly code = 'EMBEDDED_START_FAILED';
  override readonly name = 'EmbeddedStartFailed';
}
