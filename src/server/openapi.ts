import { OpenAPIGenerator } from '@orpc/openapi';
import { z } from 'zod';
import { apiPrefix, contract } from '../contract/contract.ts';
import { errorCatalogue, isErrorCode } from '../contract/errors.ts';
import { errorBodySchema } from '../contract/route.ts';
import { roleOf } from './admission.ts';
import { version } from './version.ts';

/** An OpenAPI 3.1 document. */
export type OpenapiDocument = Awaited<ReturnType<OpenAPIGenerator['generate']>>;

type Converter = NonNullable<
  NonNullable<ConstructorParameters<typeof OpenAPIGenerator>[0]>['schemaConverters']
>[number];
type JsonSchema = Awaited<ReturnType<Converter['convert']>>[1];

/** Writes the contract as an OpenAPI document: nothing in it is written by hand. */
export async function createOpenapi(): Promise<OpenapiDocument> {
  const generator = new OpenAPIGenerator({ schemaConverters: [zodConverter] });
  const document = await generator.generate(contract, {
    info: {
      title: 'Basecamp API',
      version,
      description: 'Run, schedule and backfill SQL datasets. Times are RFC 3339 in UTC; lists are paged by cursor.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: apiPrefix }],
    customErrorResponseBodySchema: (errors) => errorSchemaOf(errors.map(([code]) => code)),
  });
  return asServed(document);
}

/**
 * Corrects what the generator says of every API and is not so here: an empty value in a query is refused where an empty
 * text would be, and the data of a server-sent event is text, which holds the JSON. Adds the role that each operation needs.
 */
function asServed(document: OpenapiDocument): OpenapiDocument {
  const written: OpenapiDocument = { ...document, components: { ...document.components, securitySchemes } };
  return JSON.parse(JSON.stringify(written), (key, value) => {
    if (key === 'allowEmptyValue') return undefined;
    if (typeof value?.operationId === 'string') return { ...value, security: securityOf(value.operationId) };
    return key === 'text/event-stream' ? { schema: { oneOf: value.schema.oneOf.map(messageSchema) } } : value;
  });
}

const securitySchemes = {
  bearer: {
    type: 'http' as const,
    scheme: 'bearer',
    description:
      'A token of dli server token create. A server without tokens, which only its own machine reaches, asks for none.',
  },
};

/** OpenAPI's way to say: a token of this role, or none at all where there are no tokens. */
function securityOf(operationId: string): readonly object[] {
  const role = roleOf(operationId.split('.'));
  return role === 'none' ? [] : [{ bearer: [role] }, {}];
}

/** One kind of message of an event stream, as it is on the wire. */
function messageSchema({ properties: { event, data } }: { readonly properties: Readonly<Record<string, JsonSchema>> }) {
  const text = (description: string) => ({ type: 'string', description });
  return {
    type: 'object',
    properties: {
      event: { ...text('What the message is: a change, the end of the stream, or an error'), ...object(event) },
      data: { ...text('The change, as JSON'), contentMediaType: 'application/json', contentSchema: data },
      id: text('Its place in the log; as Last-Event-ID it goes on after it'),
      retry: { type: 'integer', description: 'Milliseconds to wait before connecting again' },
    },
    required: ['event'],
  };
}

function object(schema: JsonSchema | undefined): object {
  return typeof schema === 'object' ? schema : {};
}

/** The error body with the codes that one status can have. */
function errorSchemaOf(codes: readonly string[]): JsonSchema {
  const code = z.enum(codes).describe(codes.map((one) => `${one}: ${titleOf(one)}`).join('; '));
  return toJsonSchema(errorBodySchema.extend({ code }), 'output');
}

function titleOf(code: string): string {
  return isErrorCode(code) ? errorCatalogue[code].title : code;
}

const zodConverter: Converter = {
  condition: (schema) => schema !== undefined && schema['~standard'].vendor === 'zod',
  convert: (schema, { strategy }) => {
    // `condition` has just said that it is zod's.
    const zod = schema as unknown as z.ZodType;
    return [!zod.safeParse(undefined).success, toJsonSchema(zod, strategy)];
  },
};

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, $defs: __, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  // zod writes a JSON value as a definition that refers to itself, which cannot be pointed to inside a larger document.
  return JSON.parse(JSON.stringify(plain), (_key, value) => (isReference(value) ? {} : value));
}

function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$ref' in value;
}
