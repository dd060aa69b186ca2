import type { DryRun } from '../../contract/runs.ts';
import { visibleLine, visibleText } from './visible.ts';

/** Writes what a run would do: its parameters, each statement's SQL, what it reads and writes, and warnings. */
export function dryRunLines(plan: DryRun): readonly string[] {
  const params = Object.entries(plan.params).map(
    ([name, value]) => `  ${visibleLine(`${name} = ${JSON.stringify(value)}`)}`,
  );
  const names = (list: readonly string[]) => (list.length === 0 ? 'nothing' : visibleLine(list.join(', ')));
  return [
    `Dry run: ${visibleLine(plan.dataset_name)}`,
    'Nothing was stored or executed.',
    ...(plan.execution_date === null ? [] : [`Execution date: ${plan.execution_date}`]),
    ...(params.length === 0 ? [] : ['Parameters:', ...params]),
    `Reads: ${names(plan.reads)}`,
    `Writes: ${names(plan.writes)}`,
    ...plan.statements.flatMap(({ label, phase, sql, bound }) => [
      '',
      `-- ${visibleLine(label)}${phase === 'after_commit' ? ', after the commit' : ''}${bound ? '' : ' (names are checked when it runs)'}`,
      visibleText(sql.trimEnd()),
    ]),
    ...(plan.warnings.length === 0 ? [] : ['', ...plan.warnings.map((warning) => `Warning: ${visibleText(warning)}`)]),
  ];
}
