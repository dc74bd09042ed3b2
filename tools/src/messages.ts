import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root } from './house-files.ts';
import { type CapturedText, messageLines } from './message-lines.ts';

const usage = `npm run messages -- [options]

  Shows the text messages and mails that the running npm start would have sent, with their codes, newest last.

  --follow          goes on and shows what comes
  --data-folder F   of another start than that of .data`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      follow: { type: 'boolean', default: false },
      'data-folder': { type: 'string', default: path.join(root, '.data') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const folder = values['data-folder'];
  const files = [
    { channel: 'sms', file: process.env.SMS_FILE || path.join(folder, 'sms.jsonl'), read: 0 },
    { channel: 'mail', file: process.env.MAIL_FILE || path.join(folder, 'mail.jsonl'), read: 0 },
  ];
  if (!values.follow && !files.some(({ file }) => existsSync(file))) {
    console.error('No message was written here: begin with npm start.');
    return 1;
  }
  do {
    const captured: CapturedText[] = [];
    for (const each of files) {
      const { text, end } = await readFrom(each.file, each.read);
      each.read = end;
      captured.push({ channel: each.channel, text });
    }
    for (const line of messageLines(captured)) console.log(line);
    if (values.follow) await sleep(500);
  } while (values.follow);
  return 0;
}

/** The whole lines after a place in a file, and the place after them. */
async function readFrom(file: string, start: number): Promise<{ text: string; end: number }> {
  const size = (await stat(file).catch(() => null))?.size ?? 0;
  if (size <= start) return { text: '', end: Math.min(size, start) };
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - start), position: start });
    const whole = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
    return { text: buffer.toString('utf8', 0, whole), end: start + whole };
  } finally {
    await handle.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
