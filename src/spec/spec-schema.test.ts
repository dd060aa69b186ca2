import { expect, it } from 'vitest';
import { z } from 'zod';
import { specSchema } from './spec-schema.ts';

it('a JSON Schema for editors can be generated from it', () => {
  const schema = z.toJSONSchema(specSchema, { io: 'input' });
  expect(schema.required).toEqual(['name', 'owner', 'team']);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties?.depends_on).toMatchObject({ description: 'Lineage only; does not delay a run' });
});
