/** Reads a response's body as bytes, or null as soon as it grows beyond the limit. */
export async function readBoundedBody(response: Response, bytesMax: number): Promise<Uint8Array | null> {
  if (response.body === null) {
    return new Uint8Array();
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return Buffer.concat(chunks, length);
    }
    length += value.byteLength;
    if (length > bytesMax) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}
