/** What travels between a process and its child, in both directions, over Node's IPC channel. */

/** Parent to child, several at a time: `id` pairs the call with its reply; without one there is none. */
export interface CallMessage {
  readonly id: number | null;
  readonly method: string;
  readonly input: unknown;
}

/** An error that crossed the channel: a class does not survive the copy, so its parts travel. */
export interface WireError {
  readonly message: string;
  readonly stack: string | undefined;
  /** Set when the error was a `DliError`. */
  readonly code: string | undefined;
  readonly hints: readonly string[];
  readonly problems: readonly { message: string; file?: string; line?: number; column?: number }[];
}

/** Child to parent, several at a time: a reply to one call, or a notice that belongs to a call still under way. */
export type ChildMessage =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'notice'; readonly id: number; readonly notice: unknown };
