/** campaigns contacts consent: what a number has agreed to */
import { type Command, Option } from "commander";
import { Misused } from "../../engine/errors.ts";
import type { ConsentInput } from "../../engine/manage/suppression.ts";
import { numberFrom, PRIVATE_HELP } from "../private.ts";
import type { Cli } from "../cli.ts";
import { consentJson } from "../../json/contacts.ts";
import { iso } from "../../json/calls.ts";
import { table } from "../render/table.ts";

/** What is said of a consent that is recorded. */
const GRANTING = ["source", "proof", "level", "purpose", "grantedAt", "expiresAt"];

interface Options extends Partial<ConsentInput> {
  readonly revoke?: boolean;
}

export function consentCommand(cli: Cli, contacts: Command): void {
  cli
    .command(
      "consent <number>",
      "record or revoke a consent to be called; without options, show them",
      'campaigns contacts consent +12025550123 --source "web form 12" --proof https://example.com/forms/12',
      contacts,
    )
    .option("--source <text>", "where it was given: a form, a recorded call")
    .option("--proof <text>", "what was agreed to, or where that can be seen; without one it allows no call")
    .option("--level <level>", "express_written, express (default), inquiry or existing_relationship")
    .option("--purpose <text>", "what for (default marketing)")
    .option("--granted-at <date>", "when it was given (default now)")
    .option("--expires-at <date>", "until when it holds (default: until it is revoked)")
    .addOption(
      new Option(
        "--revoke",
        "revoke every consent; no campaign calls the number until a later consent with a proof",
      ).conflicts(GRANTING),
    )
    .addHelpText("after", PRIVATE_HELP)
    .action(
      cli.action(async (session, text: string, options: Options) => {
        const number = await numberFrom(text, session);
        const { source, revoke } = options;
        if (source === undefined) session.findsDatabase();
        const suppression = await session.suppression();
        if (revoke === true) {
          const revoked = await suppression.revoke(number);
          return session.out.result({ revoked }, () => `revoked; ${revoked} consents held until now`);
        }
        if (source !== undefined) {
          const consent = await suppression.grant(number, { ...options, source });
          return session.out.result(consentJson(consent), () =>
            consent.proof === null ? "recorded; without --proof it allows no call" : "recorded",
          );
        }
        const stray = GRANTING.find((name) => name in options);
        if (stray !== undefined) {
          throw new Misused("consent", "expected --source with the consent, got none", {
            hint: "say where it was given: a form, a recorded call",
          });
        }
        const consents = await suppression.consents(number);
        return session.out.result({ consents: consents.map(consentJson) }, () =>
          consents.length === 0
            ? "no consent is known"
            : table([
                ["GRANTED", "LEVEL", "PURPOSE", "SOURCE", "PROOF", "UNTIL", "VALID NOW"],
                ...consents.map((consent) => [
                  iso(consent.grantedAt) ?? "",
                  consent.level,
                  consent.purpose,
                  consent.source,
                  consent.proof ?? "none",
                  consent.revokedAt === null
                    ? (iso(consent.expiresAt) ?? "it is revoked")
                    : `revoked ${iso(consent.revokedAt)}`,
                  consent.valid ? "yes" : "no",
                ]),
              ]),
        );
      }),
    );
}
