/** What a schema cannot say about a spec: names, cron, timezone, duplicates, and values that must fit each other. */
import type { Problem } from '../contract/errors.ts';
import { convertValue } from '../core/parameter-values.ts';
import { cronProblem, timezoneProblem } from '../core/schedule.ts';
import { datasetNameHint, datasetNameProblem } from './dataset-name.ts';
import { dialectProblem } from './dialects.ts';
import type { SpecYaml } from './spec-schema.ts';
import { builtinVariables } from './template-names.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** A problem, and whether it is one of the cron (which has a code of its own). */
export interface FoundProblem {
  readonly kind: 'cron' | 'spec';
  readonly problem: Problem;
}

type Report = (path: YamlPath, message: string | undefined, kind?: FoundProblem['kind']) => void;

/** Finds everything that is wrong with a spec whose shape is right. */
export function meaningProblems({
  yaml,
  source,
}: {
  readonly yaml: SpecYaml;
  readonly source: YamlSource;
}): readonly FoundProblem[] {
  const found: FoundProblem[] = [];
  const report: Report = (path, message, kind = 'spec') => {
    if (message !== undefined) found.push({ kind, problem: { ...source.place(path), message } });
  };
  checkNames(yaml, report);
  checkParameters(yaml, report);
  checkScheduled(yaml, report);
  if (yaml.execution?.dialect !== undefined) {
    report(['execution', 'dialect'], dialectProblem(yaml.execution.dialect));
  }
  if (yaml.schedule) {
    report(['schedule', 'cron'], cronProblem(yaml.schedule.cron), 'cron');
    report(['schedule', 'timezone'], timezoneProblem(yaml.schedule.timezone));
  }
  return found;
}

function checkNames(yaml: SpecYaml, report: Report): void {
  if (yaml.name !== undefined) {
    const problem = datasetNameProblem(yaml.name);
    report(['name'], problem === undefined ? undefined : `${problem}. ${datasetNameHint}`);
  }
  yaml.depends_on.forEach((name, index) => {
    const problem = datasetNameProblem(name);
    report(['depends_on', index], problem === undefined ? undefined : `${problem}. ${datasetNameHint}`);
  });
  checkUnique(
    'Statement',
    [
      ...yaml.pre_statements.map(({ name }, index) => ({ name, path: ['pre_statements', index, 'name'] as const })),
      ...yaml.post_statements.map(({ name }, index) => ({ name, path: ['post_statements', index, 'name'] as const })),
    ],
    report,
  );
}

function checkParameters({ parameters }: SpecYaml, report: Report): void {
  checkUnique(
    'Parameter',
    parameters.map(({ name }, index) => ({ name, path: ['parameters', index, 'name'] as const })),
    report,
  );
  parameters.forEach(({ name, type, default: fallback }, index) => {
    if (name !== 'execution_date' && builtinVariables.some((builtin) => builtin === name)) {
      report(['parameters', index, 'name'], `Parameter '${name}' has the name of a built-in variable: choose another`);
    }
    if (name.startsWith('__')) {
      report(['parameters', index, 'name'], `Parameter '${name}' begins with two underscores, which is not allowed`);
    }
    if (name === 'execution_date' && type !== 'date') {
      report(['parameters', index, 'type'], `Parameter 'execution_date' must have the type date, not ${type}`);
    }
    if (fallback === undefined || fallback === null) return;
    const converted = convertValue(type, fallback);
    if (!converted.ok) report(['parameters', index, 'default'], `The default of '${name}' ${converted.reason}`);
  });
}

/** Nobody is there to give a scheduled run a value. */
function checkScheduled({ schedule, parameters }: SpecYaml, report: Report): void {
  if (!schedule) return;
  parameters.forEach(({ name, required, default: fallback }, index) => {
    if (!required || name === 'execution_date' || (fallback !== undefined && fallback !== null)) return;
    const message = `Parameter '${name}' is required and has no default, so the schedule cannot run: give it a default, or leave the schedule out`;
    report(['parameters', index, 'name'], message);
  });
}

function checkUnique(
  what: string,
  named: readonly { readonly name: string; readonly path: YamlPath }[],
  report: Report,
): void {
  const seen = new Set<string>();
  for (const { name, path } of named) {
    report(path, seen.has(name) ? `${what} '${name}' is defined twice` : undefined);
    seen.add(name);
  }
  if (what === 'Statement') {
    const reserved = named.find(({ name }) => name === 'query');
    if (reserved) report(reserved.path, "Statement 'query' has the name that logs use for the query: choose another");
  }
}
