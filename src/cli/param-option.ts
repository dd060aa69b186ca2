import type { OptionSpec } from './command.ts';

/** `-p`, the same for every command that takes parameters. */
export const paramOption = {
  kind: 'texts',
  short: 'p',
  takes: 'NAME=VALUE',
  summary: 'A parameter of the spec; may be repeated',
} as const satisfies OptionSpec;
