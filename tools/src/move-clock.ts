/** Moves the virtual clock of a running system on, by its operations port. Zero only asks. Throws when refused. */
export async function moveClock(operationsUrl: string, seconds: number): Promise<{ offsetSeconds: number }> {
  const answer = await fetch(`${operationsUrl}/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seconds }),
  });
  if (answer.ok) return (await answer.json()) as { offsetSeconds: number };
  if (answer.status === 404) throw new Error('This system has the real time: its clock cannot be moved.');
  throw new Error(`The clock was not moved (${answer.status}): ${await answer.text()}`);
}
