import path from 'node:path';
import { root } from './house-files.ts';
import { moveClock } from './move-clock.ts';
import { readRunning } from './supervisor/running-file.ts';

const usage = `npm run clock -- +24h

  Moves the time of the running npm start on, by d, h, m or s: what is due by then happens now.
  Without an argument it tells the time. OPS_PORT names another operations port than that of .data.`;

const unitSeconds: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 };

async function main(): Promise<number> {
  const [move = '+0s', ...others] = process.argv.slice(2);
  const [, count, unit = ''] = /^\+(\d{1,6})([dhms])$/.exec(move) ?? [];
  const factor = unitSeconds[unit];
  if (count === undefined || factor === undefined || others.length > 0) {
    console.error(usage);
    return 2;
  }
  const running = readRunning(path.join(root, '.data'));
  const port = process.env.OPS_PORT || running?.ports.operations;
  if (port === undefined) {
    console.error('Nothing runs here: begin with npm start.');
    return 1;
  }
  const { offsetSeconds } = await moveClock(`http://127.0.0.1:${port}`, Number(count) * factor);
  const time = new Date(Date.now() + offsetSeconds * 1000).toISOString();
  console.log(`${time}, ${Math.round(offsetSeconds)} seconds from the real time`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
