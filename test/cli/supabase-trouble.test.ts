/** The connection to Supabase lost in the middle, in several ways: said, nobody dialed meanwhile, everybody once after. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hears, SmallCampaign, stopped } from "../support/campaign.ts";
import { LosingRoad } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const NO_NEW_CALLS = "no new calls until it answers";
const BACK = "the database answers again";

/** The project's front as a runner sees it, which can go away and come back on its port. */
class Front implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;

  private constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy()).on("close", () => other.destroy());
      }
    });
  }

  static async of(target: string): Promise<Front> {
    const front = new Front(target);
    await front.open();
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), "close");
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.listening ? this.close() : Promise.resolve();
  }
}

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres?.[Symbol.asyncDispose]());

const settings = (url: string, { serviceRoleKey }: SupabaseProject): Record<string, string> => ({
  SUPABASE_URL: url,
  SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
});

/** Attempts whose dial the project holds, and that were to leave by then. */
const storedDials =
  ({ sql }: SupabaseProject) =>
  async (until: number): Promise<number> => {
    const [row] = await sql`select count(*)::int as n from call_attempts where dialed_at <= ${new Date(until)}`;
    return Number(row?.["n"]);
  };

describe("the connection to Supabase", { timeout: 120_000 }, () => {
  test("its front closes and comes back on the same port: calls that are live meanwhile are stored afterwards", async () => {
    await using project = await SupabaseProject.start(postgres, "front");
    await using front = await Front.of(project.url);
    await using campaign = await SmallCampaign.start(16, settings(front.url, project));
    const runner = campaign.scratch.start("run", "--watch", "--poll", "1s");
    const back = hears(runner, BACK);
    await campaign.dialed(5);
    const heard = hears(runner, NO_NEW_CALLS);
    await front.close();
    const lost = Date.now();
    const said = await heard;
    expect(said).toContain("check SUPABASE_URL, and whether the project is up");
    expect(said).not.toContain(project.serviceRoleKey);
    // A dial that was stored, and whose answer was lost on the way, is not made.
    await campaign.dialsNobodyAfter(lost, storedDials(project));
    expect(await campaign.scratch.run("status", "c")).toMatchObject({ code: 3, stdout: "" });
    await front.open();
    await back;
    await campaign.completed();
    expect(await stopped(runner)).toMatchObject({ code: 130 });
    await campaign.expectAllOnce();
  });

  // What PostgREST answers then. The stand-in for it does not outlive a lost session itself, so its answers are played.
  test.each([
    ["PostgreSQL ends its sessions", 500, "57P01", "terminating connection due to administrator command"],
    ["PostgreSQL is down and starts again", 503, "PGRST002", "Could not query the database for the schema cache"],
    ["a proxy on the way answers for it", 502, "", "<html>502 Bad Gateway</html>"],
  ])("%s: said, nobody dialed meanwhile, everybody once after", async (_, status, code, message) => {
    await using project = await SupabaseProject.start(postgres, `answers_${status}`);
    const body = code === "" ? message : JSON.stringify({ code, message, details: null, hint: null });
    let away = false;
    await using road = await LosingRoad.to(project.url, () => (away ? { status, body } : "arrives"));
    await using campaign = await SmallCampaign.start(12, settings(road.url, project));
    const runner = campaign.scratch.start("run", "--watch", "--poll", "1s");
    const back = hears(runner, BACK);
    await campaign.dialed(4);
    const heard = hears(runner, NO_NEW_CALLS);
    away = true;
    const lost = Date.now();
    expect(await heard).toContain("check SUPABASE_URL, and whether the project is up");
    await campaign.dialsNobodyAfter(lost, storedDials(project));
    away = false;
    await back;
    await campaign.completed();
    expect(await stopped(runner)).toMatchObject({ code: 130 });
    await campaign.expectAllOnce();
  });
});
