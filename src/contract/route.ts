import { oc } from '@orpc/contract';
import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from './errors.ts';

/** What an error answer carries besides its code and message. */
export const errorDataSchema = z.object({
  hints: z.array(z.string()).describe('What is allowed and what to do next, one line each'),
  problems: z
    .array(
      z.object({
        message: z.string().describe('What is wrong'),
        file: z.string().optional().describe('In which file'),
        line: z.int().optional().describe('In which line'),
        column: z.int().optional().describe('In which column'),
      }),
    )
    .describe('The places that are wrong, with lines and columns that count from 1'),
});

/** The body of every error answer. */
export const errorBodySchema = z.object({
  code: z.string().describe('A permanent code, such as DLI-810'),
  message: z.string().describe('What happened, to which thing'),
  ...errorDataSchema.shape,
});
/** The body of every error answer. */
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** What an operation declares of the errors that it may answer with. */
export type RouteErrors<Code extends ErrorCode> = {
  readonly [code in Code]: { readonly status: number; readonly message: string; readonly data: typeof errorDataSchema };
};

/** What any request may be answered with: it is malformed, may not do that, comes from elsewhere, is too large, or meets a bug or a full disk. */
const everyRoute = ['DLI-400', 'DLI-401', 'DLI-403', 'DLI-413', 'DLI-429', 'DLI-500'] as const;

/** Starts a route and declares the codes that it may answer with, besides the ones that every route has. */
export function route<const Code extends ErrorCode = never>(...codes: readonly Code[]) {
  const entries = [...everyRoute, ...codes].map((code) => [
    code,
    { status: errorCatalogue[code].status, message: errorCatalogue[code].title, data: errorDataSchema },
  ]);
  // `fromEntries` forgets which keys it was given; they are exactly these codes.
  return oc.errors(Object.fromEntries(entries) as RouteErrors<Code | (typeof everyRoute)[number]>);
}
