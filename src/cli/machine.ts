/** What this machine says of itself, for the doctor. */
import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { clocks } from "../domain/time/clocks.ts";
import type { Machine } from "../engine/doctor/doctor.ts";
import type { Config } from "./config.ts";

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
      if (!existsSync(config.db)) return plain;
      const { encryptionStateOf } = await import("../adapters/sqlite/rekeying.ts");
      const { encryptionKeys } = await import("./encryption-keys.ts");
      const found = encryptionStateOf(config.db, encryptionKeys(config));
      return found === null ? plain : { state: found.state, key: found.key_id };
    },
    freeBytes: async (path) => {
      const { bavail, bsize } = await statfs(await nearest(path));
      return bavail * bsize;
    },
  };
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
