/**
 * Renders SQL templates with MiniJinja, which runs in WebAssembly and reaches nothing of the host. Work is bounded by fuel
 * and the output by size; memory is not, which is why `compiler/` renders in a child process.
 */
import type { Environment } from 'minijinja-js';
import type { Problem } from '../contract/errors.ts';
import type { SqlText } from './dataset-spec.ts';
import { hasPlainBackslash } from './dialects.ts';
import { sqlFilterFunctions } from './sql-filters.ts';
import { type TemplateNames, templateProblem } from './template-errors.ts';
import { type HostFunction, type OutsideValues, templateFunctionsOf } from './template-functions.ts';
import { unknownFilteredName } from './unknown-names.ts';

/** What a template sees. */
export interface TemplateScope {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Parameters that may have no value in this run: using one in a filter is no unknown name. @default none */
  readonly declared?: readonly string[];
  /** Values that `var` and `env_var` read. */
  readonly outside: OutsideValues;
  /** The dialect that the templates are written in. */
  readonly dialect: string;
  /** Called when the engine itself broke: nothing more can be rendered in this process. */
  readonly onCrash?: (() => void) | undefined;
}

/** A rendered text, or what was wrong. */
export type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: Problem };

/** Renders templates in one scope. */
export interface Renderer {
  readonly render: (sql: SqlText) => Rendered;
  readonly close: () => void;
}

const largestOutput = 1_048_576;
const fuel = 2_000_000;

/** Creates a renderer. The engine is loaded at the first call (about 15 ms), never by importing this module. */
export async function createRenderer(scope: TemplateScope): Promise<Renderer> {
  const { Environment: Engine } = await import('minijinja-js');
  const environment = new Engine();
  environment.undefinedBehavior = 'strict';
  environment.fuel = fuel;
  // Adds the place to errors; what else it adds is left out by `templateProblem`.
  environment.debug = true;
  // `debug()` prints the engine's inside.
  environment.removeGlobal('debug');
  const failures: string[] = [];
  const functions = templateFunctionsOf(scope.outside);
  const filters = sqlFilterFunctions({ plainBackslash: hasPlainBackslash(scope.dialect) });
  for (const [name, call] of Object.entries(functions)) environment.addGlobal(name, guard(call, failures));
  for (const [name, call] of Object.entries(filters)) environment.addFilter(name, guard(call, failures));
  const names: TemplateNames = {
    variables: Object.keys(scope.variables),
    declared: scope.declared ?? [],
    functions: Object.keys(functions),
    filters: Object.keys(filters),
  };
  return {
    render: (sql) => renderOne({ environment, sql, scope, failures, names }),
    close: () => {
      try {
        environment.free();
      } catch {
        // After a crash of the engine its memory cannot be given back; the process is replaced.
      }
    },
  };
}

interface RenderOne {
  readonly environment: Environment;
  readonly sql: SqlText;
  readonly scope: TemplateScope;
  readonly failures: string[];
  readonly names: TemplateNames;
}

function renderOne({ environment, sql, scope, failures, names }: RenderOne): Rendered {
  failures.length = 0;
  const unknown = unknownFilteredName(sql, [...names.variables, ...names.functions, ...(scope.declared ?? [])]);
  if (unknown) return { ok: false, problem: unknown };
  try {
    const text = environment.renderNamedStr('sql', sql.sql, scope.variables);
    if (text.length > largestOutput) {
      const message = `The rendered SQL has ${text.length} characters where ${largestOutput} are allowed`;
      return { ok: false, problem: { file: sql.origin.file, line: sql.origin.line, message } };
    }
    return { ok: true, text };
  } catch (error) {
    if (error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError')) scope.onCrash?.();
    return { ok: false, problem: templateProblem({ error, sql, names, failure: failures[0] }) };
  }
}

// The engine breaks when a callback throws. A symbol is what it cannot take as a result, so that it stops with an error
// that knows the place; the reason is kept aside.
const stop = Symbol('stop');

function guard(call: HostFunction, failures: string[]): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    try {
      const result = call(...args);
      if (result.ok) return result.value;
      failures.push(result.reason);
    } catch (error) {
      failures.push(String(error));
    }
    return stop;
  };
}
