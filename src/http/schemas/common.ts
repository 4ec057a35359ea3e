/** What requests and answers have in common. */
import { z } from "@hono/zod-openapi";

export const instant = z.string().describe("an instant, ISO 8601 in UTC");
export const counts = z.record(z.string(), z.number().int().optional());
/** What PostgreSQL cannot keep is refused here. */
const isText = (value: string): boolean => !value.includes("\0") && value.isWellFormed();
export const anyText = (most: number) => z.string().max(most).refine(isText, "expected text without NUL");
export const text = (most: number) => z.string().min(1).max(most).refine(isText, "expected text without NUL");
export const cursor = z
  .string()
  .regex(/^\d{1,15}$/)
  .describe("next of the page before");

export const problemSchema = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.string().describe("stable, for programs"),
      message: z.string(),
      hint: z.string().optional().describe("what to do about it"),
    }),
  })
  .openapi("Problem");

const answer = (description: string) => ({ description, content: { "application/json": { schema: problemSchema } } });

/** Every route may answer so. */
export const problems = {
  400: answer("what was sent cannot be used"),
  401: answer("no token, or an unknown one"),
  403: answer("the token's scope does not reach so far"),
  404: answer("there is no such thing, or it is another owner's"),
  409: answer("not now, or not so"),
  413: answer("too long"),
  415: answer("another content type is expected"),
  429: answer("too many requests"),
  500: answer("a bug"),
  503: answer("the database, LiveKit, or a setting is missing; try again later"),
} as const;

/** `{ success: true, … }`. */
export const success = <T extends z.ZodRawShape>(shape: T) => z.object({ success: z.literal(true), ...shape });

export const ok = <T extends z.ZodRawShape>(description: string, shape: T) => ({
  description,
  content: { "application/json": { schema: success(shape) } },
});

export const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "application/json": { schema } },
});

export const idParam = z.strictObject({
  id: text(200).openapi({
    param: { name: "id", in: "path" },
    description: "a campaign's id, name, or unique prefix of its id",
  }),
});
