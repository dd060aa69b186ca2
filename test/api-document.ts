import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createOpenapi } from '../src/server/openapi.ts';

/** The parts of a JSON Schema that tests walk through. */
export interface JsonSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly contentSchema?: JsonSchema;
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly schema: JsonSchema }[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}

/** The OpenAPI document, as far as tests read it. */
export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Says what of a value does not fit a schema; an empty list says that all of it does. */
export type Check = (value: unknown) => readonly string[];

/** Reads the document as it is served. */
export async function readDocument(): Promise<ApiDocument> {
  // What is served is JSON; a test reads the parts that every OpenAPI document has.
  return JSON.parse(JSON.stringify(await createOpenapi())) as ApiDocument;
}

/** Compiles the schema of every successful answer, by operation. @throws when one is no JSON Schema */
export function answerChecks({ paths }: ApiDocument): ReadonlyMap<string, Check> {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const checks = operations.map(({ operationId, responses }): [string, Check] => {
    const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
    const [media] = Object.values(success?.content ?? {});
    if (!media) throw new TypeError(`${operationId} has no successful answer`);
    const validate = ajv.compile(media.schema);
    return [
      operationId,
      (value) =>
        validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`),
    ];
  });
  return new Map(checks);
}
