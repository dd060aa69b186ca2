import type { contract } from './contract.ts';
import type { Role } from './roles.ts';

type Contract = typeof contract;

/**
 * The least role that each operation needs, for servers that ask for tokens; `none` needs not even a token. An operation
 * that is missing here does not compile. Whoever can put SQL on the server can have it run, so deployers may run, too.
 */
export const operationRoles = {
  workflow: {
    run: 'operator',
    backfill: 'operator',
    stop: 'operator',
    status: 'viewer',
    logs: 'viewer',
    followLog: 'viewer',
    history: 'viewer',
    list: 'viewer',
    show: 'viewer',
    revision: 'viewer',
    ticks: 'viewer',
    explain: 'viewer',
    explainRun: 'viewer',
    pause: 'operator',
    unpause: 'operator',
    sync: 'deployer',
    preview: 'viewer',
    register: 'deployer',
    update: 'deployer',
    unregister: 'deployer',
    deploy: 'deployer',
  },
  backfill: { status: 'viewer', list: 'viewer', stop: 'operator', resume: 'operator' },
  // Whoever resends decides when a target is called, not what it is told or where it is.
  notification: { list: 'viewer', resend: 'operator', resendAll: 'operator', test: 'operator' },
  events: { follow: 'viewer' },
  token: { create: 'admin', list: 'admin', revoke: 'admin' },
  system: { version: 'viewer', health: 'viewer', ready: 'none' },
} as const satisfies { readonly [Noun in keyof Contract]: Readonly<Record<keyof Contract[Noun], Role | 'none'>> };
