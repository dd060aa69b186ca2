import type { SourceType } from '../contract/fields.ts';
import type { Timer } from '../core/clock.ts';
import { FolderWatcher } from '../spec-store/folder-watcher.ts';
import { type LookEnd, LookPace } from './look-pace.ts';
import type { ServiceParts } from './parts.ts';
import { type SyncOutcome, syncSpecs } from './sync.ts';

/** What the watch of the spec store is made of. */
export interface SpecWatchOptions {
  readonly parts: ServiceParts;
  /** The look of the start. */
  readonly before: SyncOutcome;
  /** How often everything is looked at, ms, whatever was noticed. */
  readonly intervalMs: number;
  /** Told of each look at a source. */
  readonly onLook: (source: SourceType, outcome: SyncOutcome) => void;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

const sources: readonly SourceType[] = ['manual', 'code'];

/**
 * Looks at the spec store whenever something changes in its folders, and now and then. Returns what ends it: also a look that
 * is under way, after the files at hand.
 */
export function watchSpecs({ parts, before, intervalMs, onLook, onTrouble }: SpecWatchOptions): () => Promise<void> {
  const { clock, specStore } = parts;
  const leaving = new AbortController();
  /** Broken files are checked again now and then: what they lack may have come without a change of theirs. */
  let rechecks = false;
  const lookAt = async (source: SourceType, isRecheck: boolean): Promise<LookEnd> => {
    const outcome = await syncSpecs(parts, { sources: [source], rechecks: isRecheck, signal: leaving.signal });
    const isUnseen = follow(source, outcome);
    onLook(source, outcome);
    const isBusy = outcome.reports.some(({ busy }) => busy.length > 0);
    return { again: isBusy || isUnseen ? [source] : [], isBusy };
  };
  const look = async (wished: readonly SourceType[]): Promise<LookEnd> => {
    const ends: LookEnd[] = [];
    const isRecheck = rechecks;
    rechecks = false;
    for (const source of wished) ends.push(await lookAt(source, isRecheck));
    return { again: ends.flatMap(({ again }) => again), isBusy: ends.some(({ isBusy }) => isBusy) };
  };
  const onLookTrouble = (error: unknown) => {
    if (error !== leaving.signal.reason) onTrouble(error, 'looking at the spec store');
  };
  const pace = new LookPace({ clock, look, onTrouble: onLookTrouble });
  const onFolderTrouble = (error: unknown, folder: string) =>
    onTrouble(error, `watching ${folder}: changes there are noticed every ${intervalMs / 1000} s only`);
  const watcherOf = (source: SourceType) =>
    new FolderWatcher({ onChange: () => pace.wish([source]), onTrouble: onFolderTrouble });
  const watchers = { manual: watcherOf('manual'), code: watcherOf('code') };
  const follow = (source: SourceType, { reports }: SyncOutcome) => {
    const below = reports.filter(({ sourceType }) => sourceType === source).flatMap(({ folders }) => folders);
    return watchers[source].follow([...specStore.foldersOf(source), ...below]);
  };
  let often: Timer;
  const lookOften = () => {
    often = clock.after(intervalMs, lookOften);
    rechecks = true;
    pace.wish(sources);
  };
  for (const source of sources) follow(source, before);
  lookOften();
  return async () => {
    leaving.abort();
    often.cancel();
    for (const source of sources) watchers[source].close();
    await pace.close();
  };
}
