/** campaigns rules */
import { formatWindow } from "../../domain/hours/local-hours.ts";
import { notEnforced } from "../../domain/hours/rule-limits.ts";
import { HOUR } from "../../domain/time/instant.ts";
import { type Rule, shippedRules } from "../../domain/hours/rules.ts";
import { Refused } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import { staleRules } from "../render/preflight.ts";
import shipped from "../../domain/hours/data/calling_rules.json" with { type: "json" };

const NO_ADVICE = "This is no legal advice: laws change, and which one holds is for you to find out.";

export function rulesCommand(cli: Cli): void {
  cli
    .command(
      "rules [country]",
      "the local calling rules that --rules applies, with their sources",
      "campaigns rules us",
    )
    .action(
      cli.action(async (session, country?: string) => {
        const table = shippedRules();
        const wanted = country?.toUpperCase();
        const rules = table.rules.filter((rule) => wanted === undefined || rule.country === wanted);
        if (rules.length === 0) {
          const known = [...new Set(table.rules.map((rule) => rule.country))].join(", ").toLowerCase();
          throw new Refused("unknown_country", `expected a country with rules, got "${country}"`, {
            hint: `there are rules for ${known}`,
          });
        }
        const ids = new Set(rules.map(({ id }) => id));
        session.out.result(
          // The very form that --rules-file takes.
          { meta: shipped.meta, rules: shipped.rules.filter(({ id }) => ids.has(id)) },
          (chalk) => [...rules.flatMap((rule) => [...ruleText(rule, chalk.bold(rule.id)), ""]), NO_ADVICE],
        );
        const stale = staleRules(table, session.clock.now());
        if (stale !== null) session.out.note(stale);
        return Promise.resolve();
      }),
    );
}

function ruleText(rule: Rule, id: string): string[] {
  const caps = rule.caps.map(
    ({ max, within, scope }) => `${max} in ${within / HOUR} h (${scope.replaceAll("_", " ")})`,
  );
  const lines = [
    `${id}  ${rule.name}`,
    `  hours       ${rule.windows.map(formatWindow).join("; ")}${rule.calendar === null ? "" : ", not on holidays"}`,
    caps.length === 0 ? null : `  caps        ${caps.join("; ")}`,
    rule.effectiveFrom === null ? null : `  in force    from ${rule.effectiveFrom}`,
    notEnforced(rule).length === 0 ? null : `  left to you ${notEnforced(rule).join("; ")}`,
    `  source      ${rule.sources.join("; ")}`,
    `  confidence  ${rule.confidence}, verified ${rule.verifiedOn}, ${rule.basis}`,
    rule.notes === "" ? null : `  notes       ${rule.notes}`,
  ];
  return lines.filter((line) => line !== null);
}
