/** The functions of templates. They never throw: what is wrong is a value, see `template.ts`. */
import { addDays } from '../core/calendar-date.ts';
import { nearestName } from '../core/did-you-mean.ts';
import { datasetNameProblem } from './dataset-name.ts';

/** What a function of ours answers. */
export type HostResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** A function or filter that templates call. Named arguments arrive as a last argument that is a Map. */
export type HostFunction = (...args: readonly unknown[]) => HostResult;

/** What templates can read besides the run. Null: an allowed environment variable that is not set. */
export interface OutsideValues {
  readonly vars: Readonly<Record<string, string | number | boolean>>;
  readonly envVars: Readonly<Record<string, string | null>>;
  /** Checking only: an unknown name reads as a sample text, because the server's values are not known here. */
  readonly sample: boolean;
}

/** Builds the functions that templates can call. */
export function templateFunctionsOf(outside: OutsideValues): Readonly<Record<string, HostFunction>> {
  return {
    date_add: (date, days) => shiftDate('date_add', { date, days, sign: 1 }),
    date_sub: (date, days) => shiftDate('date_sub', { date, days, sign: -1 }),
    var: (...args) => readVar(args, outside),
    env_var: (...args) => readEnvVar(args, outside),
    ref: (dataset) => quoteName('ref', [dataset]),
    source: (schema, table) => quoteName('source', [schema, table]),
  };
}

function shiftDate(
  name: string,
  { date, days, sign }: { readonly date: unknown; readonly days: unknown; readonly sign: 1 | -1 },
): HostResult {
  if (typeof days !== 'number' || !Number.isSafeInteger(days)) {
    return { ok: false, reason: `${name}(date, days) expects a whole number of days, got ${show(days)}` };
  }
  const shifted = typeof date === 'string' ? addDays(date, sign * days) : undefined;
  if (shifted !== undefined) return { ok: true, value: shifted };
  return {
    ok: false,
    reason: `${name}(date, days) expects a date as YYYY-MM-DD and a result in the years 1 to 9999, got ${show(date)}`,
  };
}

function readVar(args: readonly unknown[], { vars, sample }: OutsideValues): HostResult {
  const { name, fallback } = nameAndDefault(args);
  if (typeof name !== 'string') return { ok: false, reason: `var(name, default) expects a name, got ${show(name)}` };
  if (Object.hasOwn(vars, name)) return { ok: true, value: vars[name] };
  if (fallback !== undefined) return { ok: true, value: fallback };
  if (sample) return { ok: true, value: 'sample' };
  const nearest = nearestName(name, Object.keys(vars));
  const suggestion = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
  return {
    ok: false,
    reason: `Unknown variable '${name}' and no default: write var('${name}', default).${suggestion}`,
  };
}

function readEnvVar(args: readonly unknown[], { envVars, sample }: OutsideValues): HostResult {
  const { name, fallback } = nameAndDefault(args);
  if (typeof name !== 'string')
    return { ok: false, reason: `env_var(name, default) expects a name, got ${show(name)}` };
  if (!Object.hasOwn(envVars, name)) {
    if (sample) return { ok: true, value: fallback ?? 'sample' };
    const allowed = Object.keys(envVars);
    const list = allowed.length === 0 ? 'none' : allowed.join(', ');
    return {
      ok: false,
      reason: `Environment variable '${name}' is not allowed by the server's env_vars. Allowed: ${list}`,
    };
  }
  const value = envVars[name] ?? fallback;
  if (value !== undefined && value !== null) return { ok: true, value };
  return { ok: false, reason: `Environment variable '${name}' is not set on the server and has no default` };
}

function nameAndDefault(args: readonly unknown[]): { readonly name: unknown; readonly fallback: unknown } {
  const last = args.at(-1);
  const named = last instanceof Map ? last : undefined;
  const plain = named ? args.slice(0, -1) : args;
  return { name: plain[0] ?? named?.get('name'), fallback: plain[1] ?? named?.get('default') ?? undefined };
}

function quoteName(name: string, args: readonly unknown[]): HostResult {
  const full = args.join('.');
  const problem = args.every((part) => typeof part === 'string') ? datasetNameProblem(full) : undefined;
  if (problem !== undefined || !args.every((part) => typeof part === 'string')) {
    return { ok: false, reason: `${name}() expects a dataset's name: ${problem ?? `got ${show(args)}`}` };
  }
  // Plain names stay as they are: quoted ones are case-sensitive in some warehouses.
  const quoted = full.split('.').map((part) => (part.includes('-') ? `"${part}"` : part));
  return { ok: true, value: quoted.join('.') };
}

function show(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
