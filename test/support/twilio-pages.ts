/** Both kinds of paging that Twilio's hosts have. */

export type Json = Readonly<Record<string, unknown>>;

const uri = (it: URL): string => `${it.pathname}${it.search}`.replace("/api.twilio.com", "");
const whole = (it: URL): string => `https:/${it.pathname}${it.search}`;

function slice(
  url: URL,
  items: readonly Json[],
  longest: number,
): { page: number; size: number; items: readonly Json[]; more: boolean } {
  const size = Math.min(Number(url.searchParams.get("PageSize") ?? 50), longest);
  const page = Number(url.searchParams.get("Page") ?? 0);
  return { page, size, items: items.slice(page * size, (page + 1) * size), more: items.length > (page + 1) * size };
}

/** api.twilio.com: `next_page_uri`, without the host. */
export function oldPage(url: URL, key: string, all: readonly Json[], longest: number): Json {
  const { page, size, items, more } = slice(url, all, longest);
  const next = new URL(url);
  next.searchParams.set("Page", String(page + 1));
  next.searchParams.set("PageSize", String(size));
  next.searchParams.set("PageToken", "PA");
  const meta = { page, page_size: size, uri: uri(url), start: page * size, end: page * size + items.length - 1 };
  return {
    [key]: items,
    ...meta,
    first_page_uri: uri(url),
    previous_page_uri: null,
    next_page_uri: more ? uri(next) : null,
  };
}

/** The newer hosts: `meta.next_page_url`, whole. */
export function newPage(url: URL, key: string, all: readonly Json[], longest: number): Json {
  const { page, size, items, more } = slice(url, all, longest);
  const next = new URL(url);
  next.searchParams.set("Page", String(page + 1));
  next.searchParams.set("PageSize", String(size));
  const meta = { page, page_size: size, first_page_url: whole(url), previous_page_url: null, url: whole(url), key };
  return { [key]: items, meta: { ...meta, next_page_url: more ? whole(next) : null } };
}
