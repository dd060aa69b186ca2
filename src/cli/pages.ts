interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

const pageSize = 1000;

/** Reads the pages of a list until `limit` items are there or no page is left, and gives them back as one page. */
export async function readPages<Item>(
  read: (page: { readonly limit: number; readonly cursor: string | undefined }) => Promise<Page<Item>>,
  { limit = Number.POSITIVE_INFINITY }: { readonly limit?: number | undefined } = {},
): Promise<Page<Item>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await read({ limit: Math.min(pageSize, limit - items.length), cursor });
    items.push(...page.items);
    if (page.next_cursor === null || items.length >= limit) return { items, next_cursor: page.next_cursor };
    cursor = page.next_cursor;
  }
}
