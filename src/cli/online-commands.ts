/** The commands that only ask a server, and how they reach it: a bundle of its own, so that a start reads one file. */

export * as backfill from './commands/backfill.ts';
export * as backfillStatus from './commands/backfill-status.ts';
export * as explain from './commands/explain.ts';
export * as history from './commands/history.ts';
export * as list from './commands/list.ts';
export * as logs from './commands/logs.ts';
export * as notifications from './commands/notifications.ts';
export * as pause from './commands/pause.ts';
export * as preview from './commands/preview.ts';
export * as run from './commands/run.ts';
export * as serverStatus from './commands/server-status.ts';
export * as show from './commands/show.ts';
export * as status from './commands/status.ts';
export * as stop from './commands/stop.ts';
export * as sync from './commands/sync.ts';
export * as ticks from './commands/ticks.ts';
export * as unpause from './commands/unpause.ts';
export * as unregister from './commands/unregister.ts';
export * as connect from './connect.ts';
