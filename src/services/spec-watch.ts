import type { SourceType } from '../contract/fields.ts';
import type { Timer } from '../core/clock.ts';
import { FolderWatcher } from '../spec-store/folder-watcher.ts';
import type { ServiceParts } from './parts.ts';
import { type SyncOutcome, syncSpecs } from './sync.ts';

/** What the watch of the spec store is made of. */
export interface SpecWatchOptions {
  readonly parts: ServiceParts;
  /** The look of the start. */
  readonly before: SyncOutcome;
  /** How often everything is looked at, ms, whatever was noticed. */
  readonly intervalMs: number;
  /** Told of each look. */
  readonly onLook: (outcome: SyncOutcome) => void;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

const sources: readonly SourceType[] = ['manual', 'code'];

/** Changes come in groups (a checkout, an editor's temporary files): a look waits until none has come for this long, ms. */
const quietMs = 50;
/** After a look nothing is looked at for four times as long as it took, so that endless changes do not take a core; but not longer than this, ms. */
const longestRestMs = 500;
/** A file that was being written is looked at again after this long, ms. */
const againMs = 300;

/**
 * Looks at the spec store whenever something changes in its folders, and now and then. Returns what ends it, which waits for
 * the look that is under way. States: *quiet*, until a change or the interval; *armed*, a look is about to begin; *looking*.
 */
export function watchSpecs({ parts, before, intervalMs, onLook, onTrouble }: SpecWatchOptions): () => Promise<void> {
  const { clock, specStore } = parts;
  const dirty = new Set<SourceType>();
  let soon: Timer | undefined;
  let earliest = 0;
  let looking: Promise<void> | undefined;
  let isEnded = false;
  const onFolderTrouble = (error: unknown, folder: string) =>
    onTrouble(error, `watching ${folder}: changes there are noticed every ${intervalMs / 1000} s only`);
  const watcherOf = (source: SourceType) =>
    new FolderWatcher({ onChange: () => wish([source]), onTrouble: onFolderTrouble });
  const watchers = { manual: watcherOf('manual'), code: watcherOf('code') };

  const wish = (wished: readonly SourceType[], delayMs = quietMs) => {
    for (const source of wished) dirty.add(source);
    if (isEnded || looking !== undefined) return;
    soon?.cancel();
    soon = clock.after(Math.max(delayMs, earliest - performance.now()), begin);
  };
  const begin = () => {
    looking = look()
      .catch((error: unknown) => onTrouble(error, 'looking at the spec store'))
      .finally(() => {
        looking = undefined;
        if (dirty.size > 0) wish([]);
      });
  };
  const look = async () => {
    const wished = [...dirty];
    dirty.clear();
    const startedAt = performance.now();
    const outcome = await syncSpecs(parts, { sources: wished });
    const isNew = wished.filter((source) => follow(source, outcome));
    const endedAt = performance.now();
    earliest = endedAt + Math.min(4 * (endedAt - startedAt), longestRestMs);
    onLook(outcome);
    const isBusy = outcome.reports.some(({ busy }) => busy.length > 0);
    if (isBusy) wish(wished, againMs);
    else if (isNew.length > 0) wish(isNew);
  };
  const follow = (source: SourceType, { reports }: SyncOutcome) => {
    const below = reports.filter(({ sourceType }) => sourceType === source).flatMap(({ folders }) => folders);
    return watchers[source].follow([...specStore.foldersOf(source), ...below]);
  };
  let often: Timer;
  const lookOften = () => {
    often = clock.after(intervalMs, lookOften);
    wish(sources);
  };
  for (const source of sources) follow(source, before);
  lookOften();
  return async () => {
    isEnded = true;
    soon?.cancel();
    often.cancel();
    for (const source of sources) watchers[source].close();
    await looking;
  };
}
