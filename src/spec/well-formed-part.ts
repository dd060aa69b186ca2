import type { z } from 'zod';
import { type SpecYaml, specSchema } from './spec-schema.ts';

const empty = { domains: [], tags: [], pre_statements: [], post_statements: [], parameters: [], depends_on: [] };

/** Reads what is well-formed of a spec that the schema refuses, without the values that `issues` are about; undefined when it is no mapping. */
export function wellFormedPart(value: unknown, issues: readonly z.core.$ZodIssue[]): SpecYaml | undefined {
  if (!isObject(value)) return undefined;
  const rest = structuredClone(value);
  for (const issue of issues) {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) remove(rest, path);
  }
  const good = Object.entries(specSchema.shape).flatMap(([key, schema]) => {
    const part = schema.safeParse(Object.hasOwn(rest, key) ? Reflect.get(rest, key) : undefined);
    return part.success && part.data !== undefined ? [[key, part.data]] : [];
  });
  // What failed its own schema is left out: `meaningProblems` looks at nothing that is missing.
  return { ...empty, schema: [], versions: [], ...Object.fromEntries(good) } as SpecYaml;
}

function remove(value: object, path: readonly PropertyKey[]): void {
  // An entry of a list cannot go alone: the places of those behind it would shift.
  const list = path.findIndex((step) => typeof step === 'number');
  const steps = list === -1 ? path : path.slice(0, list);
  const last = steps.at(-1);
  let parent: unknown = value;
  for (const step of steps.slice(0, -1)) parent = isObject(parent) ? Reflect.get(parent, step) : undefined;
  if (last !== undefined && isObject(parent)) Reflect.deleteProperty(parent, last);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
