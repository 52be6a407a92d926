/** Cursor pages: the next cursor of one, and all of them in one list. */
import type { Page } from "@/types/models";

const MOST_PAGES = 20;

/** The cursor in a page's `next` address, undefined on the last page. */
export function nextCursor(page: Pick<Page<unknown>, "next">): string | undefined {
  if (page.next == null) return undefined;
  return new URL(page.next, window.location.origin).searchParams.get("cursor") ?? undefined;
}

/** Every row of a list that is short by nature (working orders, positions, accounts). */
export async function fetchAllPages<Row>(fetchPage: (cursor: string | undefined) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page = await fetchPage(cursor);
    rows.push(...page.results);
    cursor = nextCursor(page);
    if (cursor === undefined) break;
  }
  return rows;
}

/** `rows` with `row` in place of the one with the same key, or in front when it is new. */
export function upsert<Row>(rows: readonly Row[], row: Row, keyOf: (row: Row) => unknown): Row[] {
  const key = keyOf(row);
  const at = rows.findIndex((each) => keyOf(each) === key);
  return at < 0 ? [row, ...rows] : rows.with(at, row);
}
