import { z } from 'zod';
import { specSchema } from '../spec/spec-schema.ts';

/** Where `dli init` keeps the schema in a project, for editors. */
export const schemaFileName = 'dataset.schema.json';

/** Makes the JSON Schema (draft 2020-12) of a spec as YAML has it, from the schema that specs are checked with. */
export function specJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(specSchema, { io: 'input' });
  return {
    $schema,
    $id: 'urn:dli:dataset',
    title: 'Dataset spec of dli',
    description: 'A table that a query produces, and when it does: dataset.<name>.yaml',
    ...schema,
  };
}
