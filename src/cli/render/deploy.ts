import type { DeployChange, WorkflowDeploy } from '../../contract/deploys.ts';
import { counted } from '../../core/counted.ts';
import type { Paint } from './paint.ts';
import { pausedText } from './paused.ts';
import { visibleLine } from './visible.ts';
import { foldText } from './wrap.ts';

/** How a deploy is written: for whom, and how to go on. */
export interface DeployView {
  readonly paint: Paint;
  readonly timeZone: string;
  /** Cells of a line. */
  readonly maxWidth: number | undefined;
  /** The command that does what was planned. */
  readonly command: string;
}

type Paused = NonNullable<DeployChange['paused']>;

/** Writes a deploy, or the plan of one, as lines: what changes, how, and what that makes of the ticks. */
export function deployLines(deploy: WorkflowDeploy, view: DeployView): readonly string[] {
  const { applied, changes, dry_run, release, commit } = deploy;
  if (changes.length === 0)
    return [`${applied ? 'Deployed' : 'Nothing to do'}: ${countsText(deploy)}`, ...keptLines(deploy)];
  return [
    `${dry_run ? 'Plan' : 'Deployed'}: ${countsText(deploy)}`,
    ...(commit ? [`Commit: ${commitText(commit)}`] : []),
    ...(dry_run || release === null ? [] : [`Release: ${release.slice(0, 12)}`]),
    '',
    ...changes.flatMap((change) => changeLines(change, view)),
    ...after([...keptLines(deploy), ...(dry_run ? ['Nothing was changed.', `To deploy it: ${view.command}`] : [])]),
  ];
}

/** Sets lines off from what stands before them. */
function after(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function countsText({ changes, unchanged }: WorkflowDeploy): string {
  const count = (wanted: DeployChange['change']) => changes.filter(({ change }) => change === wanted).length;
  const counts = (['new', 'changed', 'removed'] as const).flatMap((word) =>
    count(word) > 0 ? [`${count(word)} ${word}`] : [],
  );
  return [...counts, `${unchanged.length} unchanged`].join(', ');
}

function keptLines({ kept }: WorkflowDeploy): readonly string[] {
  if (kept === 0) return [];
  return [`${counted(kept, 'code spec')} of other deploys ${kept === 1 ? 'stays' : 'stay'} (--prune removes them)`];
}

function commitText({ sha, ref, dirty }: NonNullable<WorkflowDeploy['commit']>): string {
  const more = [...(ref === null ? [] : [ref]), ...(dirty ? ['with changes that are not committed'] : [])];
  return visibleLine(
    `${/^[0-9a-f]{40,}$/i.test(sha) ? sha.slice(0, 12) : sha}${more.length === 0 ? '' : ` (${more.join(', ')})`}`,
  );
}

const signs = { new: '+', changed: '~', removed: '-' } as const;

function changeLines(change: DeployChange, { paint, timeZone, maxWidth }: DeployView): readonly string[] {
  const colour = { new: paint.green, changed: paint.magenta, removed: paint.red }[change.change];
  const dataset = visibleLine(change.dataset_name);
  const below = [
    ...(change.overrides_manual ? ['overrides the manual registration, which stays and does not run'] : []),
    ...(change.frees_manual ? ['the manual registration takes over'] : []),
    ...(change.change === 'changed' && change.differences.length === 0
      ? ['is written differently and means the same']
      : []),
  ];
  const indented = (text: string) => foldText(`    ${text}`, maxWidth).split('\n');
  return [
    colour(`${signs[change.change]} ${dataset}`),
    ...below.flatMap(indented),
    ...change.differences.flatMap(({ text, lines }) => [
      ...indented(visibleLine(text)),
      ...lines.map((line) => sqlLine(line, paint)),
    ]),
    ...(change.ticks.text === null ? [] : indented(change.ticks.text)),
    ...(change.paused === null ? [] : indented(pauseLine(change, { dataset, timeZone, paused: change.paused }))),
  ];
}

/** What nobody has cannot be unpaused; its pause waits for whoever brings it back. */
function pauseLine(
  { change, frees_manual }: DeployChange,
  { dataset, timeZone, paused }: { readonly dataset: string; readonly timeZone: string; readonly paused: Paused },
): string {
  const isGone = change === 'removed' && !frees_manual;
  const end = isGone ? 'The pause is kept for whoever brings it back.' : `To end it: dli workflow unpause ${dataset}`;
  return `Still paused ${pausedText(paused, timeZone)}. ${end}`;
}

/** A changed line stays whole, so that it can be read and copied. */
function sqlLine(line: string, paint: Paint): string {
  const text = `      ${visibleLine(line)}`;
  if (line.startsWith('+')) return paint.green(text);
  return line.startsWith('-') ? paint.red(text) : text;
}
