import { z } from 'zod';

/** Shape of a {@link Explanation} on the wire. */
export const explanationSchema = z.object({
  sentence: z
    .string()
    .describe(
      "Why it is as it is, in one sentence. Instants in it are UTC, those of ticks have their schedule's offset",
    ),
  facts: z
    .array(
      z.object({
        name: z.string().describe('What'),
        value: z.string().describe('Its value; an instant is RFC 3339, UTC'),
      }),
    )
    .describe('What proves it'),
  command: z.string().nullable().describe('The command that helps; null when there is nothing to do'),
});
/** Why a run or a workflow is in its state, and what helps. */
export type Explanation = z.infer<typeof explanationSchema>;
