import pg from 'pg';

/**
 * Makes the clock of a database virtual, as its owner, and sets it this far from the real time (negative: in the
 * past). For a database in which nothing has happened yet; from then on it only moves forward, by `move_clock`.
 */
export async function makeClockVirtual(ownerUrl: string, offsetSeconds: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('update clock_offset set is_virtual = true, offset_milliseconds = $1', [
      Math.round(offsetSeconds * 1000),
    ]);
  } finally {
    await client.end();
  }
}
