/** Names out of a project for completion: one request to a table, without the client that takes longer to load than it. */
import { type Named, NAMES, type Names } from "../../engine/ports/names.ts";
import type { SupabaseSettings } from "./rpc.ts";

interface Query {
  readonly table: string;
  readonly column: string;
  readonly more: Readonly<Record<string, string>>;
  /** Which rows are this owner's to name. */
  readonly owned: (owner: string) => Readonly<Record<string, string>>;
}

const own = (owner: string): Record<string, string> => ({ user_id: `eq.${owner}` });

const QUERIES: Readonly<Record<Named, Query>> = {
  campaigns: { table: "campaigns", column: "name", more: { order: "created_at.desc,name" }, owned: own },
  lists: { table: "contact_lists", column: "name", more: { order: "created_at.desc,name" }, owned: own },
  trunks: {
    table: "phone_number",
    column: "name:outbound_trunk_name",
    more: { outbound_trunk_name: "not.is.null", order: "outbound_trunk_name" },
    owned: (owner) => ({ or: `(user_id.is.null,user_id.eq.${owner})` }),
  },
};

export const supabaseNames =
  ({ url, serviceRoleKey, userId }: SupabaseSettings, signal: AbortSignal): Names =>
  async (of) => {
    const { table, column, more, owned } = QUERIES[of];
    const asked = new URL(`/rest/v1/${table}`, url);
    const owner = userId === undefined ? {} : owned(userId);
    asked.search = String(new URLSearchParams({ select: column, limit: String(NAMES), ...more, ...owner }));
    // A redirect would take the key to whatever host the answer names.
    const answer = await fetch(asked, {
      headers: { apikey: serviceRoleKey, Authorization: `Bearer ${serviceRoleKey}` },
      redirect: "manual",
      signal,
    });
    const rows = answer.ok ? ((await answer.json()) as readonly { readonly name?: unknown }[]) : [];
    return rows.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  };
