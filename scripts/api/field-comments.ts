import * as backfills from '../../src/contract/backfills.ts';
import * as events from '../../src/contract/events.ts';
import * as explanations from '../../src/contract/explanations.ts';
import * as route from '../../src/contract/route.ts';
import * as runs from '../../src/contract/runs.ts';
import * as system from '../../src/contract/system.ts';
import * as ticks from '../../src/contract/ticks.ts';
import * as workflows from '../../src/contract/workflows.ts';

const modules: Readonly<Record<string, unknown>> = {
  ...backfills,
  ...events,
  ...explanations,
  ...route,
  ...runs,
  ...system,
  ...ticks,
  ...workflows,
};

/** Tells what the schema that a type is inferred from says of a field. `source` is the type's declaration. */
export function fieldComment(source: string, field: string): string | undefined {
  const [, name] = /z\.infer<typeof (\w+)>/.exec(source) ?? [];
  const schema = name === undefined ? undefined : modules[name];
  return descriptionOf(property(property(schema, 'shape'), field));
}

/** A schema that allows null has its description within. */
function descriptionOf(schema: unknown): string | undefined {
  const text = property(schema, 'description');
  if (typeof text === 'string') return text;
  const within = property(property(schema, 'def'), 'innerType');
  return within === undefined ? undefined : descriptionOf(within);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
