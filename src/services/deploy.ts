/**
 * Deploys specs as code: all are checked, then a release with all of them is put in force, then the database follows. Until
 * the release's manifest is replaced nothing has changed; from then on a crash loses nothing, as the next start follows it.
 */
import type { DeployCommit, WorkflowDeploy } from '../contract/deploys.ts';
import { DliError } from '../contract/errors.ts';
import { listed } from '../core/listed.ts';
import type { Release } from '../spec-store/release-manifest.ts';
import type { Releases } from '../spec-store/releases.ts';
import { saveIntendedDeploy } from '../store/queries/code-release.ts';
import { earlierAnswer, type KeyedRequest, keepAnswer } from '../store/queries/idempotency.ts';
import type { CheckedSpec, SpecDocument } from './checked-spec.ts';
import { type DeployPlan, planDeploy } from './deploy-plan.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { checkSent, type SentDocument, type SentSpec, withDigests } from './sent-specs.ts';
import { isPending, readStanding } from './standing-code.ts';
import { followRelease } from './sync-code.ts';
import type { SyncReport } from './sync-source.ts';

/** What a deploy is asked for. */
export interface DeployInput {
  readonly specs: readonly SpecDocument[];
  readonly prune: boolean;
  readonly dry_run: boolean;
  readonly allow_empty: boolean;
  readonly commit: DeployCommit | null;
}

/**
 * Deploys specs, or tells what that would change. One deploy happens at a time; each is planned upon what is in force then.
 * One that changes nothing writes nothing and is no event.
 *
 * @throws DLI-807 where people bring the files themselves, DLI-801 without specs, and as `checkSent` does
 */
export async function deployWorkflows(
  parts: ServiceParts,
  caller: Caller,
  input: DeployInput,
): Promise<WorkflowDeploy> {
  const releases = releasesOf(parts);
  refuseEmpty(input);
  const documents = withDigests(input.specs);
  const work: DeployWork = {
    parts,
    releases,
    caller,
    input,
    documents,
    request: requestOf(caller, input, documents),
    known: new Map(),
  };
  const earlier = earlierAnswer<WorkflowDeploy>(parts.database, work.request, parts.clock.now());
  if (earlier) return earlier;
  if (input.dry_run) return planOnly(work);
  // Checked before its turn, as that lasts; what another deploy changes meanwhile is seen in its turn.
  await checkSent(parts, documents, { uploads: releases.current()?.uploads ?? new Map(), known: work.known });
  return parts.specsTurn.run(() => deployNow(work));
}

interface DeployWork {
  readonly parts: ServiceParts;
  readonly releases: Releases;
  readonly caller: Caller;
  readonly input: DeployInput;
  readonly documents: readonly SentDocument[];
  readonly request: KeyedRequest;
  readonly known: Map<string, CheckedSpec>;
}

function requestOf(
  { idempotencyKey: key }: Caller,
  { specs: _, ...options }: DeployInput,
  documents: readonly SentDocument[],
): KeyedRequest {
  const specs = documents.map(({ file_name, upload }) => [file_name, upload]);
  return { key, operation: 'deploy', input: { ...options, specs } };
}

async function planOnly(work: DeployWork): Promise<WorkflowDeploy> {
  const release = work.releases.current();
  const { plan } = await planUpon(work, release);
  return answerOf(plan, { input: work.input, release, deployId: null });
}

async function planUpon(
  { parts, releases, input, documents, known }: DeployWork,
  release: Release | null,
): Promise<{ readonly plan: DeployPlan; readonly sent: readonly SentSpec[] }> {
  const standing = await readStanding(parts, { releases, release });
  const sent = await checkSent(parts, documents, { uploads: standing.uploads, known });
  return { sent, plan: await planDeploy(parts, { sent, standing, prune: input.prune }) };
}

async function deployNow(work: DeployWork): Promise<WorkflowDeploy> {
  const { parts, releases, input, request } = work;
  const current = releases.current();
  if (current && isPending(parts, current)) await followRelease(parts, { release: current });
  const earlier = earlierAnswer<WorkflowDeploy>(parts.database, request, parts.clock.now());
  if (earlier) return earlier;
  const { plan, sent } = await planUpon(work, current);
  const isChange = plan.changes.length > 0 || [...plan.files.files.keys()].some((name) => !current?.files.has(name));
  const release = await writeRelease(work, { plan, current, isChange });
  // Also where nothing changes: a database that was put back from a copy follows again.
  const report = release && (await followRelease(parts, { release, prepared: preparedOf(sent) }));
  const planned = answerOf(plan, { input, release, deployId: isChange ? (release?.deployId ?? null) : null });
  const later = [...(report ? notInForce(report) : []), ...(isChange ? await tidyUp(releases) : [])];
  const answer = { ...planned, warnings: [...planned.warnings, ...later] };
  await parts.database.write((transaction) => keepAnswer(transaction, request, answer, parts.clock.now()));
  return answer;
}

/** A release whose files are only mended stays the one of its deploy. */
async function writeRelease(
  { parts, releases, caller, input, request }: DeployWork,
  {
    plan,
    current,
    isChange,
  }: { readonly plan: DeployPlan; readonly current: Release | null; readonly isChange: boolean },
): Promise<Release | null> {
  const { files } = plan;
  if (!isChange) return current && files.files.size > 0 ? releases.write({ ...files, about: current }) : current;
  const about = { deployId: parts.newUid(), at: parts.clock.now(), actor: caller.actor, commit: input.commit };
  const { deployId } = about;
  const beforeInForce = (release: Release) => {
    const answer = answerOf(plan, { input, release, deployId });
    return parts.database.write((transaction) => saveIntendedDeploy(transaction, { deployId, request, answer }));
  };
  return releases.write({ ...files, about, beforeInForce });
}

/** Says what of the release is not in force now that the state follows it. */
function notInForce({ broken, busy, held }: SyncReport): readonly string[] {
  const files = broken.map(({ file, error }) => `${file} is not in force: ${error}`);
  return [
    ...(files.length === 0 ? [] : [listed(files, '; ')]),
    ...(busy.length === 0 ? [] : [`Changed while they were read, and left for the next look: ${listed(busy)}`]),
    ...(held.length === 0
      ? []
      : [`Stay in force although the release does not have them: ${listed(held.map(({ dataset }) => dataset))}`]),
  ];
}

function preparedOf(sent: readonly SentSpec[]): ReadonlyMap<string, CheckedSpec> {
  return new Map(sent.flatMap(({ dataset, checked }) => (checked ? [[dataset, checked] as const] : [])));
}

/** Does what is left when the release is in force. What does not work then undoes nothing and is told. */
async function tidyUp(releases: Releases): Promise<string[]> {
  return releases.removeOld().then(
    () => [],
    (error: unknown) => [`Old releases were not removed: ${String(error)}`],
  );
}

function answerOf(
  { changes, unchanged, kept, warnings }: DeployPlan,
  {
    input,
    release,
    deployId,
  }: { readonly input: DeployInput; readonly release: Release | null; readonly deployId: string | null },
): WorkflowDeploy {
  return {
    deploy_id: deployId,
    release: release?.digest ?? null,
    dry_run: input.dry_run,
    applied: deployId !== null,
    commit: input.commit,
    changes: [...changes],
    unchanged: [...unchanged],
    kept: kept.length,
    warnings: [...warnings],
  };
}

function releasesOf({ specStore: { code } }: ServiceParts): Releases {
  if (code.mode === 'deploy') return code.releases;
  throw new DliError(
    'DLI-807',
    "This server takes its code specs from a folder ('code.mode: folder'), so nothing is deployed to it",
    {
      hints: [
        'Put the files into code/ in its folder of specs, for example with git pull; it looks there by itself',
        "Or set 'code.mode: deploy' in basecamp.yaml and start it again",
      ],
    },
  );
}

function refuseEmpty({ specs, allow_empty }: DeployInput): void {
  if (specs.length > 0 || allow_empty) return;
  throw new DliError('DLI-801', 'There are no specs to deploy', {
    hints: ['To remove all code specs, say that this is meant: dli workflow deploy --prune --allow-empty'],
  });
}
