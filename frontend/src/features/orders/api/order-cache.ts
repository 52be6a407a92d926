/** How one order's news changes what the cache holds. Pure, and the same for the stream and for REST answers. */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";

import { isOpen } from "@/lib/order-words";
import { upsert } from "@/lib/pages";
import type { Order, OrderStatus, Page } from "@/types/models";

export interface OrderFilter {
  account?: string;
  status?: OrderStatus;
}

export type OrderPages = InfiniteData<Page<Order>, string | undefined>;

export const orderKeys = {
  all: ["orders"] as const,
  working: (account: string | undefined) => ["orders", "working", account ?? null] as const,
  history: (filter: OrderFilter) => ["orders", "history", filter.account ?? null, filter.status ?? null] as const,
  detail: (id: string) => ["orders", "detail", id] as const,
  events: (id: string) => ["orders", "events", id] as const,
};

const idOf = (order: Order) => order.id;

/** The later of two states of one order. */
export function newerOrder(known: Order | undefined, news: Order): Order {
  return known !== undefined && known.last_event_seq > news.last_event_seq ? known : news;
}

/** A list of rows that pass `belongs`, newest first, after news about one order. */
export function applyOrder(orders: readonly Order[], news: Order, belongs: (order: Order) => boolean): Order[] {
  const known = orders.find(({ id }) => id === news.id);
  const order = newerOrder(known, news);
  if (belongs(order)) return upsert(orders, order, idOf);
  return orders.filter(({ id }) => id !== order.id);
}

export function isWorkingIn(account: string | undefined): (order: Order) => boolean {
  return (order) => isOpen(order.status) && (account === undefined || order.account === account);
}

export function passes(filter: OrderFilter): (order: Order) => boolean {
  return (order) =>
    (filter.account === undefined || order.account === filter.account) &&
    (filter.status === undefined || order.status === filter.status);
}

/** Pages after news: an order is changed where it stands; a new one opens the first page. */
export function applyOrderToPages(data: OrderPages, news: Order, belongs: (order: Order) => boolean): OrderPages {
  const home = data.pages.findIndex((page) => page.results.some(({ id }) => id === news.id));
  const at = Math.max(home, 0);
  const page = data.pages[at];
  if (page === undefined) return data;
  // an old order from beyond the loaded pages is not new: it stays where it is
  const isForeign = home < 0 && isOlderThanPages(data, news);
  return isForeign ? data : { ...data, pages: data.pages.with(at, { ...page, results: applyOrder(page.results, news, belongs) }) };
}

function isOlderThanPages(data: OrderPages, order: Order): boolean {
  const last = data.pages.at(-1);
  const oldest = last?.results.at(-1);
  return last?.next !== null && oldest !== undefined && order.created_at < oldest.created_at;
}

/**
 * Put news about one order everywhere it is shown.
 *
 * The detail entry remembers the newest state even when no list holds the order any more: a whole order can be over
 * before the answer to its own POST arrives, and that answer must not bring it back to life.
 */
export function updateOrderEverywhere(queryClient: QueryClient, told: Order): void {
  const news = newerOrder(queryClient.getQueryData<Order>(orderKeys.detail(told.id)), told);
  queryClient.setQueryData<Order>(orderKeys.detail(news.id), news);
  for (const [key] of queryClient.getQueriesData({ queryKey: ["orders", "working"] })) {
    const belongs = isWorkingIn((key[2] as string | null) ?? undefined);
    queryClient.setQueryData<Order[]>(key, (orders) => orders && applyOrder(orders, news, belongs));
  }
  for (const [key] of queryClient.getQueriesData({ queryKey: ["orders", "history"] })) {
    const filter: OrderFilter = { account: (key[2] as string | null) ?? undefined, status: (key[3] as OrderStatus | null) ?? undefined };
    queryClient.setQueryData<OrderPages>(key, (pages) => pages && applyOrderToPages(pages, news, passes(filter)));
  }
  void queryClient.invalidateQueries({ queryKey: orderKeys.events(news.id) });
}

/** The newest state of an order that any list holds. */
export function findOrder(queryClient: QueryClient, id: string): Order | undefined {
  const detail = queryClient.getQueryData<Order>(orderKeys.detail(id));
  const working = queryClient.getQueriesData<Order[]>({ queryKey: ["orders", "working"] }).flatMap(([, orders]) => orders ?? []);
  const history = queryClient
    .getQueriesData<OrderPages>({ queryKey: ["orders", "history"] })
    .flatMap(([, data]) => data?.pages.flatMap((page) => page.results) ?? []);
  return [detail, ...working, ...history]
    .filter((order) => order?.id === id)
    .reduce<Order | undefined>((newest, order) => (order === undefined ? newest : newerOrder(newest, order)), undefined);
}
