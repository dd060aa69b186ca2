/** What a client was told by an answer; it has to outlive a loss of power. */
export type Told =
  | { readonly kind: 'registered' | 'paused' | 'unpaused'; readonly dataset: string }
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'backfill'; readonly backfillId: string; readonly runIds: readonly string[] }
  | { readonly kind: 'ended'; readonly runId: string; readonly status: string };
