import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createSandbox, type SandboxOptions } from './sandbox.ts';
import { transferOutcomes } from './transfers/transfer-outcomes.ts';

const USAGE = `Usage: npm run paystack-sandbox -- --port P --secret sk_test_… [--webhook-url U] [options]

  --port P                  0 takes a free port
  --host H                  127.0.0.1
  --secret sk_test_…        a made-up test key: API, control port and webhook signatures use it
  --webhook-url U           where webhooks go
  --books FILE              where the books are kept; without it they are in memory
  --approval-url U          asked before each transfer
  --public-url U            the checkout page's address as browsers see it
  --transfer-outcome O      ${transferOutcomes.join(', ')}
  --transfer-step-seconds N 1
  --retry-scale N           the pace of webhook retries; 1 is Paystack's own
  --session-seconds N       3600; after this an unpaid payment is abandoned
  --hold-settlement         takings wait for POST /sandbox/settle
  --clock-control           allows POST /sandbox/clock
`;

interface Settings {
  readonly port: number;
  readonly host: string;
  readonly sandbox: SandboxOptions;
}

await main();

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (typeof settings === 'string') {
    process.stderr.write(`${settings}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const sandbox = createSandbox(settings.sandbox);
  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const { url } = await sandbox.listen(settings.port, settings.host);
  process.stdout.write(`Paystack sandbox listens on ${url}\n`);
}

/** The settings, or what is wrong with them. */
function readSettings(argv: string[]): Settings | string {
  const values = readArguments(argv);
  if (typeof values === 'string') {
    return values;
  }
  const outcome = transferOutcomes.find(
    (known) => known === (values['transfer-outcome'] ?? 'pending_then_success'),
  );
  const port = numberOf(values.port);
  const stepSeconds = numberOf(values['transfer-step-seconds'] ?? '1');
  const retryScale = numberOf(values['retry-scale'] ?? String(1 / 180));
  const sessionSeconds = numberOf(values['session-seconds'] ?? '3600');
  if (port === null || !Number.isInteger(port) || port > 65_535) {
    return '--port must be a number from 0 to 65535';
  }
  // A live key has no business in a process's arguments.
  if (!/^sk_test_[A-Za-z0-9_-]+$/.test(values.secret ?? '')) {
    return '--secret must be a test key, sk_test_…';
  }
  if (outcome === undefined || stepSeconds === null || retryScale === null || sessionSeconds === null) {
    return 'An option has a value that it does not take';
  }
  for (const address of [values['webhook-url'], values['approval-url'], values['public-url']]) {
    if (address !== undefined && !/^https?:$/.test(URL.parse(address)?.protocol ?? '')) {
      return 'Addresses must be http or https';
    }
  }
  return {
    port,
    host: values.host ?? '127.0.0.1',
    sandbox: {
      secretKey: values.secret ?? '',
      webhookUrl: values['webhook-url'] ?? null,
      approvalUrl: values['approval-url'] ?? null,
      ...(values['public-url'] === undefined ? {} : { publicUrl: values['public-url'] }),
      ...(values.books === undefined ? {} : { booksFile: resolve(values.books) }),
      now: () => new Date(),
      retryScale,
      sessionTimeoutSeconds: sessionSeconds,
      isSettlementHeld: values['hold-settlement'] ?? false,
      transferOutcome: outcome,
      transferStepSeconds: stepSeconds,
      isClockAdjustable: values['clock-control'] ?? false,
    },
  };
}

function readArguments(argv: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    port: text,
    host: text,
    secret: text,
    'webhook-url': text,
    books: text,
    'approval-url': text,
    'public-url': text,
    'transfer-outcome': text,
    'transfer-step-seconds': text,
    'retry-scale': text,
    'session-seconds': text,
    'hold-settlement': flag,
    'clock-control': flag,
  };
  try {
    return parseArgs({ args: argv, options }).values;
  } catch (error) {
    return error instanceof Error ? error.message : 'The options cannot be read';
  }
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : null;
}
