/** What a deploy would change, dataset by dataset, as the server stands now. Nothing is stored. */
import { setImmediate } from 'node:timers/promises';
import type { DeployChange, DeployTicks } from '../contract/deploys.ts';
import { DliError } from '../contract/errors.ts';
import { counted } from '../core/counted.ts';
import { pickEffective } from '../core/effective-spec.ts';
import { tickEffect } from '../core/tick-effect.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { specDifferences } from '../spec/spec-difference.ts';
import type { SqlVerdict } from '../spec/sql-comparison.ts';
import { fileDigest } from '../spec-store/file-digest.ts';
import type { NewRelease } from '../spec-store/releases.ts';
import { readPause } from '../store/queries/pauses.ts';
import { registrationsOf } from '../store/queries/registrations.ts';
import { unfinishedRuns } from '../store/queries/runs.ts';
import { type CheckedSpec, registrationWarnings, warehouseOf } from './checked-spec.ts';
import { keptSpecWarnings } from './kept-specs.ts';
import type { ServiceParts } from './parts.ts';
import type { SentSpec } from './sent-specs.ts';
import { lostTexts, lostWarnings, type StandingCode } from './standing-code.ts';
import { instantOf } from './views.ts';

/** What a deploy would change. */
export interface DeployPlan {
  readonly changes: readonly DeployChange[];
  /** What the release takes from the one before, and what is written for it. */
  readonly files: Required<Pick<NewRelease, 'files' | 'kept'>>;
  /** Datasets that were sent and stay as they are. */
  readonly unchanged: readonly string[];
  /** Datasets that were not sent and stay. */
  readonly kept: readonly string[];
  /** What may surprise. */
  readonly warnings: readonly string[];
}

/** Unfinished runs of a dataset that are counted. */
const runsCounted = 1_000;

/** Changes that are planned before other work gets its turn; each takes up to 1 ms. */
const changesAtOnce = 25;

/** Plans a deploy upon what is in force. @throws DLI-505 when a spec that stays is lost for good */
export async function planDeploy(
  parts: ServiceParts,
  {
    sent,
    standing,
    prune,
  }: { readonly sent: readonly SentSpec[]; readonly standing: StandingCode; readonly prune: boolean },
): Promise<DeployPlan> {
  const inForce = standing.digests;
  const isWritten = ({ dataset, checked }: SentSpec) =>
    checked !== null && inForce.get(dataset) !== fileDigest(checked.text);
  const written = sent.filter(isWritten);
  const named = new Set(sent.map(({ dataset }) => dataset));
  const others = [...inForce.keys()].filter((dataset) => !named.has(dataset));
  const steps: readonly Step[] = [
    ...written.map(
      (spec): Step => ({ dataset: spec.dataset, spec, change: inForce.has(spec.dataset) ? 'changed' : 'new' }),
    ),
    ...(prune ? others.map((dataset): Step => ({ dataset, spec: null, change: 'removed' })) : []),
  ].sort((left, right) => (left.dataset < right.dataset ? -1 : 1));
  const changes: DeployChange[] = [];
  for (const [index, step] of steps.entries()) {
    if (index % changesAtOnce === 0) await setImmediate();
    changes.push(await changeOf(parts, step));
  }
  const isChanged = new Set(written);
  const unchanged = sent.filter((spec) => !isChanged.has(spec)).map(({ dataset }) => dataset);
  const kept = prune ? [] : others;
  const restored = lostTexts(standing, kept);
  return {
    changes,
    files: filesOf({ sent, written: isChanged, kept, restored, standing }),
    unchanged: unchanged.sort(),
    kept,
    warnings: lostWarnings({ restored: [...restored.keys()], mended: mendedOf(standing, unchanged) }),
  };
}

/** What was sent just so as it is in force, and whose file in the release is lost or was changed. */
function mendedOf({ release, lost }: StandingCode, unchanged: readonly string[]): readonly string[] {
  return unchanged.filter((dataset) => lost.has(dataset) && release?.files.has(dataset));
}

/** A file that stays is taken from the release before; what is not there is written. */
function filesOf({
  sent,
  written,
  kept,
  restored,
  standing: { lost },
}: {
  readonly sent: readonly SentSpec[];
  readonly written: ReadonlySet<SentSpec>;
  readonly kept: readonly string[];
  readonly restored: ReadonlyMap<string, string>;
  readonly standing: StandingCode;
}): DeployPlan['files'] {
  const files = new Map([...restored].map(([dataset, text]) => [dataset, { text, upload: fileDigest(text) }]));
  const linked = kept.filter((dataset) => !restored.has(dataset));
  for (const spec of sent) {
    const { dataset, upload, checked } = spec;
    if (checked && (written.has(spec) || lost.has(dataset))) files.set(dataset, { text: checked.text, upload });
    else linked.push(dataset);
  }
  return { files, kept: linked };
}

interface Step {
  readonly dataset: string;
  readonly spec: SentSpec | null;
  readonly change: DeployChange['change'];
}

interface Effective {
  readonly revision: string;
  readonly spec: DatasetSpec;
}

async function changeOf(parts: ServiceParts, { dataset, spec: sent, change }: Step): Promise<DeployChange> {
  const { database, specs } = parts;
  const registrations = registrationsOf(database, dataset);
  const read = (registration: { readonly revision: string } | undefined): Effective | null =>
    registration ? { revision: registration.revision, spec: specs.get(registration.revision) } : null;
  const manual = registrations.find(({ sourceType }) => sourceType === 'manual');
  const before = read(pickEffective(registrations));
  const after = sent?.checked ?? read(manual);
  const isCode = registrations.some(({ sourceType }) => sourceType === 'code');
  const pause = readPause(database, dataset);
  return {
    dataset_name: dataset,
    file_name: sent?.fileName ?? null,
    change,
    overrides_manual: manual !== undefined && !isCode && sent !== null,
    frees_manual: manual !== undefined && change === 'removed',
    paused: pause ? { at: instantOf(pause.at), by: pause.by, reason: pause.reason } : null,
    revision_before: before?.revision ?? null,
    revision_after: after?.revision ?? null,
    differences: before && after ? [...(await differencesOf(parts, before, after))] : [],
    ticks: ticksOf(parts, { before, after, isPaused: pause !== undefined }),
    warnings: sent?.checked ? specWarnings(parts, sent.checked) : unfinishedWarnings(parts, dataset),
  };
}

function specWarnings(parts: ServiceParts, checked: CheckedSpec): string[] {
  const { spec, revision } = checked;
  return [
    ...registrationWarnings(parts, checked),
    ...keptSpecWarnings(parts.database, { dataset: spec.name, revision }),
  ];
}

/** Runs keep the revision that they were created with, so that a removal stops none of them. */
function unfinishedWarnings({ database }: ServiceParts, dataset: string): string[] {
  const runs = unfinishedRuns(database, dataset, runsCounted);
  const [first] = runs;
  if (!first) return [];
  const goOn = runs.length === 1 ? 'goes on: to end it' : 'go on: to end one';
  return [
    `${counted(runs.length, 'unfinished run')} of it, such as ${first.runId}, ${goOn}, dli workflow stop ${first.runId}`,
  ];
}

async function differencesOf(parts: ServiceParts, before: Effective, after: Effective) {
  if (before.revision === after.revision) return [];
  return specDifferences(before.spec, after.spec, await verdictsOf(parts, before.spec, after.spec));
}

async function verdictsOf(
  parts: ServiceParts,
  before: DatasetSpec,
  spec: DatasetSpec,
): Promise<Readonly<Record<string, SqlVerdict>>> {
  try {
    const warehouseDialect = warehouseOf(parts, spec).dialect;
    return await parts.compiler.compare({ before, spec, warehouseDialect, ...parts.templateValues });
  } catch (error) {
    // A template that does not finish, or a warehouse that is no longer configured: the plan says that it could not be compared.
    if (error instanceof DliError) return {};
    throw error;
  }
}

function ticksOf(
  { schedules, clock }: ServiceParts,
  {
    before,
    after,
    isPaused,
  }: { readonly before: Effective | null; readonly after: Effective | null; readonly isPaused: boolean },
): DeployTicks {
  const ruleOf = (effective: Effective | null) => (effective?.spec.schedule?.enabled ? effective.spec.schedule : null);
  const effect = tickEffect({
    before: ruleOf(before),
    after: ruleOf(after),
    now: clock.now(),
    isPaused,
    open: (rule) => schedules.open(rule),
  });
  return {
    next_before: instantOf(effect.nextBefore),
    next_after: instantOf(effect.nextAfter),
    day_before: effect.dayBefore,
    day_after: effect.dayAfter,
    text: effect.text,
  };
}
