import { addDays, monthStart, weekStart } from '../core/calendar-date.ts';
import type { ParameterType, ParameterValue } from '../core/parameter-values.ts';
import type { DeclaredParameter, ParameterValues } from '../core/parameters.ts';

/** The run that a template is rendered for. */
export interface TemplateRun {
  readonly runId: string;
  readonly params: ParameterValues;
  /** Null for a dataset that is not computed by date. */
  readonly executionDate: string | null;
  /** RFC 3339. */
  readonly ts: string;
}

/**
 * Builds the variables of a template. A parameter without a value is left out, so that using it is an error and
 * `{% if p is defined %}` and `default` work; the date variables exist only with an execution date.
 */
export function templateVariables(dataset: string, run: TemplateRun): Readonly<Record<string, unknown>> {
  const { execution_date: given = null, ...params } = run.params;
  const date = run.executionDate ?? (typeof given === 'string' ? given : null);
  return {
    ...Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null)),
    ...(date === null ? {} : dateVariablesOf(date)),
    ts: run.ts,
    dataset,
    run_id: run.runId,
  };
}

/**
 * Builds a run with sample values: declared defaults, or a value of the declared type. With `sparse` a parameter that may
 * be left out is.
 */
export function sampleRun(
  dataset: string,
  parameters: readonly DeclaredParameter[],
  { sparse = false }: { readonly sparse?: boolean } = {},
): TemplateRun {
  const sampleOf = ({ type, required, default: fallback }: DeclaredParameter) =>
    fallback ?? (sparse && !required ? null : samples[type]);
  const params = Object.fromEntries(parameters.map((parameter) => [parameter.name, sampleOf(parameter)]));
  const date = params.execution_date;
  return {
    runId: `${dataset}_20240115_000000`,
    params,
    executionDate: typeof date === 'string' ? date : null,
    ts: '2024-01-15T00:00:00Z',
  };
}

const samples: Readonly<Record<ParameterType, ParameterValue>> = {
  string: 'sample',
  integer: 1,
  float: 1.5,
  date: '2024-01-15',
  boolean: true,
  list: ['sample'],
};

function dateVariablesOf(date: string): Readonly<Record<string, unknown>> {
  return {
    execution_date: date,
    ds: date,
    ds_nodash: date.replaceAll('-', ''),
    // Only the first and the last day that a date can name have no neighbour; the name is then unknown.
    ...present('yesterday_ds', addDays(date, -1)),
    ...present('tomorrow_ds', addDays(date, 1)),
    ...present('week_start_ds', weekStart(date)),
    ...present('month_start_ds', monthStart(date)),
    year: Number(date.slice(0, 4)),
    month: Number(date.slice(5, 7)),
    day: Number(date.slice(8, 10)),
  };
}

function present(name: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [name]: value };
}
