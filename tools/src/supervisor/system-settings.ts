import path from 'node:path';
import type { Secrets } from './development-secrets.ts';

/** Where an API process listens. */
export interface ApiPorts {
  api: number;
  operations: number;
}

/** Where each part listens. */
export interface Ports extends ApiPorts {
  sandbox: number;
}

export const defaultPorts: Ports = { api: 4000, operations: 4001, sandbox: 4002 };

export interface SystemPlace {
  dataFolder: string;
  ports: Ports;
  secrets: Secrets;
  /** Whether the stand-in Paystack takes the place of the real one. */
  hasSandbox: boolean;
  /** Whether time can be moved on. */
  isClockVirtual: boolean;
}

/**
 * The settings of API and worker: what the caller's environment says, and below it what a development system needs.
 * Nothing is given to production: it must name everything itself.
 */
export function systemSettings(
  place: SystemPlace,
  environment: NodeJS.ProcessEnv,
  applicationUrl: string,
): NodeJS.ProcessEnv {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const fixed = {
    PORT: String(place.ports.api),
    OPS_PORT: String(place.ports.operations),
    DATABASE_URL: applicationUrl,
    // Only the migration needs the owner's login; a part that does not have it cannot leak it.
    MIGRATION_DATABASE_URL: undefined,
  };
  if (isProduction(environment)) return { ...given, ...fixed };
  const publicUrl = `http://localhost:${place.ports.api}`;
  const sandbox = { PAYSTACK_BASE_URL: `http://127.0.0.1:${place.ports.sandbox}` };
  return {
    PUBLIC_URL: publicUrl,
    RP_ID: 'localhost',
    RP_ORIGINS: publicUrl,
    CLOCK: place.isClockVirtual ? 'virtual' : 'real',
    SMS_FILE: path.join(place.dataFolder, 'sms.jsonl'),
    MAIL_FILE: path.join(place.dataFolder, 'mail.jsonl'),
    LEDGER_HEADS_FILE: path.join(place.dataFolder, 'ledger-heads.jsonl'),
    AUDIT_HEADS_FILE: path.join(place.dataFolder, 'audit-heads.jsonl'),
    ...place.secrets,
    ...(place.hasSandbox ? sandbox : {}),
    ...given,
    ...fixed,
  };
}

export const isProduction = (environment: NodeJS.ProcessEnv): boolean =>
  environment.NODE_ENV === 'production';

/** The sandbox stands in unless somebody brings a key or an address of the real one. */
export const wantsSandbox = (environment: NodeJS.ProcessEnv): boolean =>
  !isProduction(environment) && !environment.PAYSTACK_SECRET_KEY && !environment.PAYSTACK_BASE_URL;
