/**
 * Reads the errors of the template engine. They are text only, so their wording is read here and nowhere else; wording that
 * is not known is shown as it is.
 */
import type { Problem } from '../contract/errors.ts';
import { nearestName } from '../core/did-you-mean.ts';
import type { SqlText, TextOrigin } from './dataset-spec.ts';

/** Names for suggestions. */
export interface TemplateNames {
  readonly variables: readonly string[];
  /** Declared parameters, whether they have a value or not. */
  readonly declared: readonly string[];
  readonly functions: readonly string[];
  readonly filters: readonly string[];
}

interface EngineError {
  readonly error: unknown;
  readonly sql: SqlText;
  readonly names: TemplateNames;
  /** What a function or filter of ours said, when it was the cause. */
  readonly failure: string | undefined;
}

/** Writes an error of the engine as a problem with the place in the user's own file. */
export function templateProblem({ error, sql, names, failure }: EngineError): Problem {
  const text = error instanceof Error ? error.message : String(error);
  const head = text.split('\n', 1)[0] ?? '';
  const line = Number(/\(in sql:(\d+)\)/.exec(text)?.[1] ?? 1);
  const mark = caretOf(text);
  const source = sql.sql.split('\n')[line - 1] ?? '';
  const marked = mark && source.slice(mark.start, mark.end);
  const message = failure ?? describe(head, { marked, names });
  return { ...placeIn(sql.origin, { line, column: mark ? mark.start + 1 : undefined }), message };
}

/** Finds the place in the user's file for line and column of a text that begins at `origin`. */
export function placeIn(
  { file, line: first, indent, exact }: TextOrigin,
  { line, column }: { readonly line: number; readonly column?: number | undefined },
): Omit<Problem, 'message'> {
  if (!exact) return { file, line: first };
  return { file, line: first + line - 1, column: column === undefined ? undefined : column + indent };
}

function describe(
  head: string,
  { marked, names }: { readonly marked: string | undefined; readonly names: TemplateNames },
): string {
  const reason = head.replace(/ \(in sql:\d+\)$/, '');
  if (reason === 'undefined value') return describeUndefined(marked, names);
  const unknown = /^unknown (filter|function|test): \w* ?(\w+)/.exec(reason);
  if (unknown) return describeUnknown(reason, names);
  if (reason.startsWith('engine ran out of fuel')) return 'The template does too much work: a loop in it is too long';
  if (reason.startsWith('template not found')) return 'include, import and extends are not available in SQL templates';
  if (reason === 'unreachable' || reason.includes('call stack'))
    return 'The template broke the engine: it uses too much memory or nests too deeply';
  return `Template: ${reason}`;
}

function describeUndefined(marked: string | undefined, { variables, declared }: TemplateNames): string {
  const name = marked === undefined ? undefined : /^[A-Za-z_]\w*$/.exec(marked.trim())?.[0];
  if (name === undefined) {
    return marked === undefined ? 'A name in this line has no value' : `'${marked.trim()}' has no value`;
  }
  if (declared.includes(name)) {
    return `Parameter '${name}' has no value here: it is optional and not given. Ask with '${name} is defined', or give it a default`;
  }
  const nearest = nearestName(name, variables);
  const suggestion = nearest === undefined ? '.' : `; did you mean '${nearest}'?`;
  return `Unknown name '${name}'${suggestion} Known: ${variables.join(', ')}`;
}

function describeUnknown(reason: string, { functions, filters }: TemplateNames): string {
  const kind = /^unknown (\w+):/.exec(reason)?.[1] ?? 'name';
  const name = /: (?:filter |test )?(\w+) is unknown/.exec(reason)?.[1] ?? '';
  const known = kind === 'filter' ? filters : kind === 'function' ? functions : [];
  const nearest = nearestName(name, known);
  const suggestion = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return `Unknown ${kind} '${name}'${suggestion}`;
}

// Debug output marks the place: "   3 > {{ nope }}" and below "     i    ^^^^ undefined value".
function caretOf(text: string): { readonly start: number; readonly end: number } | undefined {
  const match = /^ {4,}i (\s*)(\^+) /m.exec(text);
  if (!match) return undefined;
  const start = match[1]?.length ?? 0;
  return { start, end: start + (match[2]?.length ?? 0) };
}
