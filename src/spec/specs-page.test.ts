import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parameterTypes } from '../core/parameter-values.ts';
import { parseSpec } from './parse.ts';
import { specSchema } from './spec-schema.ts';
import { createRenderer } from './template.ts';
import { dateVariables, plainVariables, sqlFilters, templateFunctions } from './template-names.ts';
import { templateVariables } from './template-variables.ts';

/* Keeps docs/specs.md true. */

const page = readFileSync(new URL('../../docs/specs.md', import.meta.url), 'utf8');
const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const examples = [...page.matchAll(/^\| `(\{\{.*?\}\})` \| `(.*?)` \|/gm)].map(
  ([, template = '', result = '']) => [template.replaceAll('\\|', '|'), result] as const,
);

/** Every key that a schema has, at any depth. */
function keysOf(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  if (typeof schema !== 'object' || schema === null) return [];
  const properties: unknown = Reflect.get(schema, 'properties');
  const own = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}

describe('docs/specs.md', () => {
  const spec = parseSpec({ text: yaml, file: 'page.yaml', readFile: () => 'SELECT 1' });

  it('has an example that is a valid spec, and says every key', () => {
    const keys = new Set(keysOf(z.toJSONSchema(specSchema, { io: 'input' })));
    expect(keys.size).toBeGreaterThan(40);
    const missing = [...keys].filter((key) => key !== 'query_statement' && !new RegExp(`\\b${key}:`).test(yaml));
    expect(missing).toEqual([]);
    expect(page).toContain('query_statement');
    expect(spec.name).toBe('iceberg.analytics.daily_clicks');
  });

  it('shows every variable, function, filter and type', () => {
    const shown = examples.map(([template]) => template).join('\n');
    for (const name of [...dateVariables, ...plainVariables, ...templateFunctions, ...sqlFilters]) {
      expect(shown, name).toMatch(new RegExp(`\\b${name}\\b`));
    }
    for (const type of parameterTypes) expect(page).toContain(`| \`${type}\` |`);
  });

  it.each(examples)('%s gives %s', async (template, result) => {
    const run = { runId: `${spec.name}_20240314_000000`, executionDate: '2024-03-14', ts: '2024-03-14T00:00:00.000Z' };
    const params = Object.fromEntries(spec.parameters.map(({ name, default: value }) => [name, value]));
    const renderer = await createRenderer({
      variables: templateVariables(spec.name, { ...run, params: { ...params, execution_date: '2024-03-14' } }),
      outside: { vars: { region: 'eu' }, envVars: { STAGE: 'prod', ZONE: null }, sample: false },
      dialect: 'trino',
    });
    const origin = { file: 'page.sql', line: 1, indent: 0, exact: true };
    expect(renderer.render({ sql: template, file: 'page.sql', origin })).toEqual({ ok: true, text: result });
    renderer.close();
  });
});
