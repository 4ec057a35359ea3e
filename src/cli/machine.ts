/** What this machine says of itself, for the doctor. */
import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Encryption, Keys } from "../adapters/encryption.ts";
import { clocks } from "../domain/time/clocks.ts";
import type { Machine } from "../engine/doctor/doctor.ts";
import { systemClock } from "../engine/ports/clock.ts";
import type { Config } from "./config.ts";
import { copiesOf } from "./copies.ts";

/** `sandbox`: LiveKit is one of its own, which needs no settings. */
export function machine(config: Config, sandbox: boolean): Machine {
  const { versions } = process;
  return {
    nodeVersion: versions.node,
    timeZoneData: versions["tz"] ?? null,
    zonesThatDiffer: (now) => clocks.differing(now),
    settings: sandbox ? { ...config.settings, missing: [] } : config.settings,
    engineEnabled: config.engineEnabled,
    database: config.usesFile ? config.db : null,
    envFile: config.envFile,
    debugging: config.debug !== "",
    publicUrl: config.publicUrl,
    mode: async (path) => {
      try {
        return (await stat(path)).mode & 0o777;
      } catch {
        return null;
      }
    },
    isWritable: async (path) => {
      const place = await nearest(path);
      return (await allows(place)) && (place !== path || (await allows(dirname(path))));
    },
    encryption: async () => {
      const plain = { state: "plain", key: null };
      const { encryptionKeys } = await import("./encryption-keys.ts");
      const found = await encryptionOf(config, encryptionKeys(config));
      return found === null ? plain : { state: found.state, key: found.key_id };
    },
    copies: () => copiesOf(config),
    freeBytes: async (path) => {
      const { bavail, bsize } = await statfs(await nearest(path));
      return bavail * bsize;
    },
  };
}

async function encryptionOf(config: Config, keys: Keys | null): Promise<Encryption | null> {
  const supabase = config.usesFile ? null : config.supabase();
  if (supabase !== null) {
    const { ProjectKeys } = await import("../adapters/supabase/rekeying.ts");
    return (await new ProjectKeys(supabase, systemClock, keys).status()).encryption;
  }
  if (!existsSync(config.db)) return null;
  const { encryptionStateOf } = await import("../adapters/sqlite/rekeying.ts");
  return encryptionStateOf(config.db, keys);
}

const allows = (path: string): Promise<boolean> =>
  access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );

/** The file, or the first directory above it that is there. */
async function nearest(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const isThere = await stat(place).then(
      () => true,
      () => false,
    );
    if (isThere || place === dirname(place)) return place;
  }
}
