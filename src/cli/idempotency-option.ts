import type { OptionSpec } from './command.ts';

/** `--idempotency-key`, the same for every command that changes something on the server. */
export const idempotencyKeyOption = {
  kind: 'text',
  takes: 'KEY',
  summary: 'Within 24 hours the same key gives the first answer again; default a new key each time',
} as const satisfies OptionSpec;

/** Makes what a call says besides its input: when to give up, and the key if one was given. */
export function callOptions(
  { io }: { readonly io: { readonly signal: AbortSignal } },
  idempotencyKey: string | undefined,
) {
  return { signal: io.signal, context: idempotencyKey === undefined ? {} : { idempotencyKey } };
}
