/** All that the program's answers hang on and that has a version of its own. */
import { schemaVersion } from "../adapters/supabase/schema.ts";
import { SCHEMA_VERSION } from "../adapters/sqlite/schema.ts";
import rules from "../domain/hours/data/calling_rules.json" with { type: "json" };
import { SHIPPED_RELEASE } from "../domain/time/zone-data.ts";
import { version } from "./version.ts";

export const versions = (): object => ({
  version: version(),
  node: process.versions.node,
  schema: { sqlite: SCHEMA_VERSION, supabase: schemaVersion() },
  // The newer of the two counts.
  time_zones: { node: process.versions["tz"] ?? null, program: SHIPPED_RELEASE },
  rules: rules.meta.version,
});
