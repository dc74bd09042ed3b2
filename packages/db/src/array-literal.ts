/** The literal of an array. The driver's own way of writing one costs much more. */
export const arrayLiteral = (values: readonly (string | number | bigint | null)[]): string =>
  `{${values.map((value) => (typeof value === 'string' ? quoted(value) : (value ?? 'NULL')))}}`;

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
