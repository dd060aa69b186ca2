import type { BasecampClient } from '../client/basecamp-client.ts';
import type { Io } from './io.ts';
import { createPaint, type Paint } from './render/paint.ts';

/** How a command answers. */
export type OutputFormat = 'table' | 'json';

/** What a command works with besides its own values. */
export interface CommandContext {
  readonly io: Io;
  readonly format: OutputFormat;
  readonly paint: Paint;
  /** Cells of a row on a terminal; undefined where rows may be of any length. */
  readonly maxWidth: number | undefined;
  /** Writes the answer as JSON to stdout. */
  readonly json: (value: unknown) => void;
  /** Writes lines for people: to stdout, or to stderr when stdout is JSON. The text must be safe to print. */
  readonly say: (...lines: readonly string[]) => void;
  /** What `--server` names, for commands that are to be typed next; undefined where it was not given. */
  readonly server: string | undefined;
  /** Connects to the server that settings and options name; nothing is sent yet. */
  readonly connect: () => Promise<BasecampClient>;
}

/** Makes the context of one command. */
export function createContext(
  io: Io,
  { format = 'table', server }: { readonly format: OutputFormat | undefined; readonly server: string | undefined },
): CommandContext {
  const people = format === 'json' ? io.stderr : io.stdout;
  return {
    io,
    format,
    server,
    paint: createPaint(format === 'json' ? { isTty: false, env: io.env } : io),
    maxWidth: io.isTty ? io.columns : undefined,
    json: (value) => io.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    say: (...lines) => people.write(lines.map((line) => `${line}\n`).join('')),
    connect: async () => {
      const { connect } = await import('./online-commands.ts');
      return connect.connectClient(io, { server });
    },
  };
}
