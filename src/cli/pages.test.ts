import { expect, it } from 'vitest';
import { readPages } from './pages.ts';

function listOf(count: number) {
  const asked: { limit: number; cursor: string | undefined }[] = [];
  const read = async ({ limit, cursor }: { limit: number; cursor: string | undefined }) => {
    asked.push({ limit, cursor });
    const from = Number(cursor ?? 0);
    const to = Math.min(count, from + limit);
    const items = Array.from({ length: to - from }, (_, index) => from + index);
    return { items, next_cursor: to < count ? String(to) : null };
  };
  return { asked, read };
}

it('reads on until no page is left', async () => {
  const { read } = listOf(2500);
  const page = await readPages(read);
  expect(page.items).toEqual(Array.from({ length: 2500 }, (_, index) => index));
  expect(page.next_cursor).toBeNull();
});

it('asks for no more than the limit and says where the rest begins', async () => {
  const { asked, read } = listOf(2500);
  expect(await readPages(read, { limit: 1200 })).toMatchObject({ items: { length: 1200 }, next_cursor: '1200' });
  expect(asked).toEqual([
    { limit: 1000, cursor: undefined },
    { limit: 200, cursor: '1000' },
  ]);
});
