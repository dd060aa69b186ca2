import { DliError, errorCatalogue, type Problem } from '../../contract/errors.ts';
import { unknownTargetWarnings } from '../../core/notification-warnings.ts';
import { scheduleWarnings } from '../../core/schedule-warnings.ts';
import { checkSpec } from '../../spec/check.ts';
import { defineCommand } from '../command.ts';
import { dialectOption, readDialect } from '../dialect-option.ts';
import { readSpecFile, shownPath, withUserPaths } from '../local-spec.ts';
import { renderError, renderProblem } from '../render/errors.ts';
import { visibleLine, visibleText } from '../render/visible.ts';
import { noSpecs, specPaths } from '../spec-paths.ts';

export const command = defineCommand({
  args: {
    path: {
      summary: 'A spec file, or a folder that is searched for specs; default this folder',
      optional: true,
      names: ['file'],
    },
  },
  options: {
    dialect: dialectOption,
  },
  details: [
    'Each spec is parsed strictly; its SQL is rendered with sample values, parsed and translated. Every problem of every\nfile is reported, with its line and column.',
  ],
  examples: ['', 'specs', 'specs/dataset.iceberg.analytics.daily_clicks.yaml --format json'],
  run: async ({ args, options }, { io, format, json, say, paint, maxWidth }) => {
    const dialect = readDialect(options.dialect);
    const checks: SpecResult[] = [];
    const { specs: paths } = specPaths(args.path, io.cwd);
    if (paths.length === 0) throw noSpecs(args.path, io.cwd);
    for (const path of paths) {
      checks.push(await check(path, { cwd: io.cwd, dialect, now: io.now().getTime() }));
    }
    const results = withDuplicates(checks);
    const failures = results.filter(({ error }) => error !== null);
    if (format === 'json') json({ specs: results.map(toJson) });
    for (const { file, dataset, error, warnings } of results) {
      if (error) io.stderr.write(renderError(error, paint, maxWidth));
      else say(`${paint.green('ok')}  ${visibleLine(file)}  ${visibleLine(dataset ?? '')}`);
      for (const warning of warnings) io.stderr.write(`    Warning: ${visibleText(renderProblem(warning))}\n`);
    }
    say(
      `${results.length} spec${results.length === 1 ? '' : 's'}: ${results.length - failures.length} valid, ${failures.length} invalid`,
    );
    const code = failures[0]?.error?.code;
    return code === undefined ? 0 : errorCatalogue[code].exit;
  },
});

interface SpecResult {
  readonly file: string;
  readonly dataset: string | null;
  readonly error: DliError | null;
  readonly warnings: readonly Problem[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

async function check(
  path: string,
  { cwd, dialect, now }: { readonly cwd: string; readonly dialect: string; readonly now: number },
): Promise<SpecResult> {
  const nothing = { warnings: [], reads: [], writes: [] };
  try {
    const local = readSpecFile(path, cwd);
    const { file, spec } = local;
    const found = await checkSpec({ spec, warehouseDialect: dialect }).catch(asDliError);
    if (found instanceof DliError) return { file, dataset: spec.name, error: withUserPaths(found, local), ...nothing };
    const clock = spec.schedule ? scheduleWarnings(spec.schedule, now) : [];
    const targets = spec.schedule ? unknownTargetWarnings(spec.schedule.notifications) : [];
    const warnings = [...found.warnings, ...[...clock, ...targets].map((message) => ({ message }))];
    const { reads, writes } = found;
    return { file, dataset: spec.name, error: null, warnings, reads, writes };
  } catch (error) {
    return { file: shownPath(path, cwd), dataset: null, error: asDliError(error), ...nothing };
  }
}

function asDliError(error: unknown): DliError {
  if (error instanceof DliError) return error;
  throw error;
}

/** A dataset has one spec: each further one of the same name is an error. */
function withDuplicates(results: readonly SpecResult[]): readonly SpecResult[] {
  const firsts = new Map<string, string>();
  return results.map((result) => {
    const { dataset, file, error } = result;
    const first = dataset === null ? undefined : firsts.get(dataset);
    if (dataset !== null && first === undefined) firsts.set(dataset, file);
    if (first === undefined || error) return result;
    const message = `Dataset '${dataset}' is defined in ${first} already`;
    return { ...result, error: new DliError('DLI-813', message, { problems: [{ file, message: 'defined again' }] }) };
  });
}

function toJson({ file, dataset, error, ...found }: SpecResult) {
  const body = error && { code: error.code, message: error.message, hints: error.hints, problems: error.problems };
  return { file, dataset_name: dataset, valid: error === null, error: body, ...found };
}
