import type { OptionSpec } from './command.ts';

/** `-p`, the same for every command that takes parameters. */
export const paramOption = {
  kind: 'texts',
  short: 'p',
  takes: 'NAME=VALUE',
  summary: 'A parameter of the spec; may be repeated',
} as const satisfies OptionSpec;

/** `--idempotency-key`, the same for every command that starts something. */
export const idempotencyKeyOption = {
  kind: 'text',
  takes: 'KEY',
  summary: 'Within 24 hours the same key gives the first answer again; default a new key each time',
} as const satisfies OptionSpec;
