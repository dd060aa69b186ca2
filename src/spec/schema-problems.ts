/** Turns what the schema refuses into problems with a place, the allowed values and a suggestion. */
import type { z } from 'zod';
import type { Problem } from '../contract/errors.ts';
import { nearestName } from '../core/did-you-mean.ts';
import { specSchema } from './spec-schema.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

// Each unknown key is looked for in the file; a file of a million of them is told by the first.
const mostKeys = 50;

/** What was checked against a schema, and where its parts are. */
export type CheckedSource = Pick<YamlSource, 'value' | 'place' | 'keyPlace'>;

/** Writes every issue of a schema as a problem, in the order of the file. */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  source: CheckedSource,
  schema: z.ZodObject = specSchema,
): readonly Problem[] {
  return issues.flatMap((issue) => describeIssue(issue, source, schema));
}

function describeIssue(issue: z.core.$ZodIssue, source: CheckedSource, schema: z.ZodObject): readonly Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, mostKeys)
      .map((key) => ({ ...source.keyPlace([...path, key]), message: unknownKey(key, path, schema) }));
  }
  const value = valueAt(source.value, path);
  const name = nameOf(path);
  if (value === undefined && path.length > 0) {
    return [{ ...source.place(path), message: `Missing ${name}: expects ${describeExpected(issue)}` }];
  }
  return [{ ...source.place(path), message: `${name} expects ${describeExpected(issue)}, got ${show(value)}` }];
}

function unknownKey(key: string, path: YamlPath, root: z.ZodObject): string {
  const allowed = allowedKeys(path, root);
  const nearest = nearestName(key, allowed);
  const suggestion = nearest === undefined ? '.' : `; did you mean '${nearest}'?`;
  const where = path.length === 0 ? '' : ` in ${nameOf(path)}`;
  return `Unknown key '${key}'${where}${suggestion} Allowed: ${allowed.join(', ')}`;
}

function describeExpected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expectedTypes[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string') return 'text that is not empty';
      return issue.origin === 'array' ? `at least ${issue.minimum} entries` : `a number from ${issue.minimum} on`;
    case 'too_big':
      if (issue.origin === 'string') return `at most ${issue.maximum} characters`;
      return issue.origin === 'array' ? `at most ${issue.maximum} entries` : `a number up to ${issue.maximum}`;
    case 'invalid_union':
      return 'text, a number, true or false, or a list of these';
    default:
      return issue.message;
  }
}

const expectedTypes: Readonly<Record<string, string>> = {
  string: 'text (quote it if it looks like a number)',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
};

function nameOf(path: YamlPath): string {
  if (path.length === 0) return 'The document';
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}

function valueAt(value: unknown, path: YamlPath): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

/** Lists the keys that the schema allows at a path. */
function allowedKeys(path: YamlPath, root: z.ZodObject): readonly string[] {
  let schema: unknown = root;
  for (const step of path) {
    const open = unwrap(schema);
    const inner = typeof step === 'number' ? 'element' : 'valueType';
    schema = Reflect.get(shapeOf(open), step) ?? Reflect.get(open, inner);
  }
  return Object.keys(shapeOf(unwrap(schema)));
}

function unwrap(schema: unknown): object {
  if (typeof schema !== 'object' || schema === null) return {};
  const definition: unknown = Reflect.get(schema, 'def');
  const inner: unknown =
    typeof definition === 'object' && definition !== null ? Reflect.get(definition, 'innerType') : undefined;
  return inner === undefined ? schema : unwrap(inner);
}

function shapeOf(schema: object): object {
  const shape: unknown = Reflect.get(schema, 'shape');
  return typeof shape === 'object' && shape !== null ? shape : {};
}
