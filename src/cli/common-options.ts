import type { OptionSpec } from './command.ts';

/** Options that every command takes. `--help` is answered before options are parsed. */
export const commonOptions = {
  format: {
    kind: 'choice',
    short: 'f',
    choices: { table: 'table', json: 'json' },
    summary: "Output for people (table) or the API's JSON (json); default table",
  },
  server: {
    kind: 'text',
    takes: 'URL',
    summary: 'Where the server is; default $DLI_SERVER_URL, dli.yaml, http://127.0.0.1:8081',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The words that ask for help. */
export const helpWords: readonly string[] = ['--help', '-h'];
