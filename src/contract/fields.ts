import { z } from 'zod';

/** Fields that several nouns share, written once. */

/** An instant on the wire: RFC 3339 in UTC. */
export const instant = z.iso.datetime().describe('RFC 3339 instant, UTC');

/** A calendar date on the wire: YYYY-MM-DD. */
export const calendarDate = z.iso.date().describe('Calendar date, YYYY-MM-DD');

/** A dataset's name: 1 to 3 parts joined by dots. */
export const datasetName = z.string().min(1).max(200).describe('Dataset name: 1 to 3 dot-separated parts');

/** Who owns a spec. */
export const sourceTypeSchema = z.enum(['manual', 'code']).describe('Who owns the spec');
/** Who owns a spec: registered through CLI or API (`manual`) or deployed from Git (`code`). */
export type SourceType = z.infer<typeof sourceTypeSchema>;

/** Parameters as they are sent: values are converted and checked against the spec. */
export const givenParams = z.record(z.string(), z.json()).describe('Parameter values by name');

/** A whole number in a query string: digits and nothing else, so that `1e2` and `0x10` are not guessed at. */
export function queryInteger({ min, max }: { readonly min: number; readonly max?: number }) {
  // Callers give a number; in the query it is text.
  const digits = (value: number) => {
    const sent: unknown = value;
    return typeof sent === 'string' && /^\d+$/.test(sent) ? Number(sent) : sent;
  };
  return z.preprocess(digits, max === undefined ? z.int().min(min) : z.int().min(min).max(max));
}

/** How many items a page holds. */
export const pageLimit = queryInteger({ min: 1, max: 1000 }).prefault(100).describe('Items in a page, at most 1000');

/** Where the next page begins. */
export const cursorField = z.string().max(500).optional().describe("A list's next_cursor, to go on after it");

/** A page of a list; `next_cursor` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).describe('The page'),
    next_cursor: z.string().nullable().describe('Give it as cursor to read on; null at the end'),
  });
}

/** A flag in a query string. */
export const queryFlag = z
  .enum(['true', 'false', '1', '0'])
  .transform((text) => text === 'true' || text === '1')
  .or(z.boolean());
