/**
 * Writes a spec as one self-contained YAML: every SQL file becomes a block literal, schedule overrides are applied, and
 * comments stay. The result means the same as the original, which is checked.
 */
import { type Document, isMap, isScalar, isSeq, parseDocument, Scalar, type YAMLMap } from 'yaml';
import { DliError } from '../contract/errors.ts';
import type { DatasetSpec } from './dataset-spec.ts';
import { parseSpec, type ReadFile, type SpecText } from './parse.ts';
import { tidySql } from './read-sql.ts';

/** What `register` can set besides the file: each overrides the spec's own value. */
export interface ScheduleOverrides {
  readonly cron?: string | undefined;
  readonly timezone?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly retryAttempts?: number | undefined;
  readonly retryDelaySeconds?: number | undefined;
}

/** Inlines a spec. @throws DLI-813 or DLI-805, as {@link parseSpec} does, for the spec or for what the overrides make of it. */
export function inlineSpec({ schedule = {}, ...source }: SpecText & { readonly schedule?: ScheduleOverrides }): string {
  const spec = parseSpec(source);
  const inlined = inlineParsed({ ...source, spec, schedule });
  try {
    parseSpec({ text: inlined, file: source.file });
  } catch (error) {
    throw error instanceof DliError ? wrongOverride(error) : error;
  }
  return inlined;
}

/** Inlines a spec that was parsed: `spec` is what `text` means. Without overrides the result is as good as that. */
export function inlineParsed({
  text,
  file,
  readFile = () => undefined,
  spec,
  schedule = {},
}: SpecText & { readonly spec: DatasetSpec; readonly schedule?: ScheduleOverrides }): string {
  const document = parseDocument(text);
  const root = document.contents;
  if (!isMap(root)) throw new DliError('DLI-813', `Invalid spec ${file}: it is not a mapping`);
  inlineFile({ map: root, fileKey: 'query_file', textKey: 'query_statement', readFile });
  for (const list of ['pre_statements', 'post_statements']) {
    const statements = root.get(list, true);
    if (!isSeq(statements)) continue;
    for (const statement of statements.items) {
      if (!isMap(statement)) continue;
      // A block literal cannot stand inside {…} or […].
      if (inlineFile({ map: statement, fileKey: 'file', textKey: 'sql', readFile })) {
        statement.flow = false;
        statements.flow = false;
        root.flow = false;
      }
    }
  }
  applyOverrides(document, { overrides: schedule, hasSchedule: spec.schedule !== null });
  return document.toString({ lineWidth: 0 });
}

/** The spec alone is good, so what is wrong was given besides: no line of the user's file is its place. */
function wrongOverride({ code, hints, problems, cause }: DliError): DliError {
  const placed = problems.map(({ message }) => ({ message, file: 'schedule, given besides the spec' }));
  return new DliError(code, placed.map(({ message }) => message).join('; '), { hints, problems: placed, cause });
}

function inlineFile({
  map,
  fileKey,
  textKey,
  readFile,
}: {
  readonly map: YAMLMap;
  readonly fileKey: string;
  readonly textKey: string;
  readonly readFile: ReadFile;
}): boolean {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === fileKey);
  if (!pair || !isScalar(pair.key) || !isScalar(pair.value)) return false;
  const literal = new Scalar(`${tidySql(readFile(String(pair.value.value)) ?? '')}\n`);
  literal.type = Scalar.BLOCK_LITERAL;
  literal.commentBefore = pair.value.commentBefore ?? null;
  literal.comment = pair.value.comment ?? null;
  pair.key.value = textKey;
  pair.value = literal;
  map.flow = false;
  return true;
}

function applyOverrides(
  document: Document,
  { overrides, hasSchedule }: { readonly overrides: ScheduleOverrides; readonly hasSchedule: boolean },
): void {
  const values: readonly (readonly [readonly string[], string | number | boolean | undefined])[] = [
    [['cron'], overrides.cron],
    [['timezone'], overrides.timezone],
    [['enabled'], overrides.enabled],
    [['retry', 'max_attempts'], overrides.retryAttempts],
    [['retry', 'delay_seconds'], overrides.retryDelaySeconds],
  ];
  const given = values.filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  if (!hasSchedule && overrides.cron === undefined) {
    throw new DliError('DLI-813', 'The spec has no schedule to change', {
      hints: ['Give --cron as well, or add schedule: to the spec.'],
    });
  }
  if (!hasSchedule) document.set('schedule', document.createNode({}));
  for (const [path, value] of given) document.setIn(['schedule', ...path], value);
}
