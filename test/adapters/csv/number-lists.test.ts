/** Lists of numbers that are not to be called, in all their forms. */
import { describe, expect, test } from "vitest";
import { numbersOf, type Options } from "../../support/reading.ts";
import { xlsx } from "../../support/zip.ts";

const A = "+12025550101";
const B = "+12025550102";
const C = "+12025550103";

describe("lists of numbers", () => {
  test.each<[string, string | Buffer, Options, readonly string[]]>([
    ["one a line", `${A}\n${B}\n`, {}, [A, B]],
    ["one a line, national", "2025550101\n(202) 555-0102\n", { defaultRegion: "US" }, [A, B]],
    ["one a line, Windows line ends and a mark", `\ufeff${A}\r\n${B}\r\n`, {}, [A, B]],
    [
      "the TPS's, without the leading zero",
      "1632960001\n7700900002\n",
      { defaultRegion: "GB" },
      ["+441632960001", "+447700900002"],
    ],
    ["the TPS's, with it", "01632960001\n07700900002\n", { defaultRegion: "GB" }, ["+441632960001", "+447700900002"]],
    ["the FTC's: area code and number", "202,5550101\n202,5550102\n", {}, [A, B]],
    ["the FTC's, with a region", "202,5550101\n202,5550102\n", { defaultRegion: "US" }, [A, B]],
    ["the FTC's list of changes", "202,5550101,2026-01-05,A\n202,5550102,2026-01-05,A\n", {}, [A, B]],
    ["area code and number, said by place", "x,202,5550101\ny,202,5550102\n", { map: "area=2,phone=3" }, [A, B]],
    ["area code and number under a header", "Area Code,Phone Number\n202,5550101\n", {}, [A]],
    ["area code and number under names that nobody knows", "code,no\n202,5550101\n202,5550102\n", {}, [A, B]],
    ["a header", `Phone Number,Date Added\n${A},2026-01-05\n`, {}, [A]],
    ["several columns", `name,phone,mobile\nMara,${A},${B}\nJon,${C},\n`, {}, [A, B, C]],
    ["several columns without a header", `Mara,${A},${B}\nJon,${C},\n`, {}, [A, B, C]],
    ["two numbers in Google's cell", `Phone 1 - Value\n${A} ::: ${B}\n`, {}, [A, B]],
    ["a header that nobody knows", `suppressed as of today\n${A}\n${B}\n`, {}, [A, B]],
    ["a date before the number, without a header", `2026-01-05;${A}\n2026-01-06;${B}\n`, {}, [A, B]],
    ["a compact date before it", `20260105|${A}\n20260106|${B}\n`, {}, [A, B]],
    ["a spreadsheet's fractions", "12025550101.0\n12025550102.0\n", { defaultRegion: "US" }, [A, B]],
    ["people whose flag says no all the same", `phone,do_not_call\n${A},no\n`, {}, [A]],
    ["XLSX", xlsx([["Number"], [{ raw: "12025550101" }], [{ raw: "12025550102" }]]), { defaultRegion: "US" }, [A, B]],
    ["JSON Lines", `{"phone":"${A}"}\n{"phone":"${B}"}\n`, {}, [A, B]],
    ["a prefix in the first line", `+1900*\n${A}\n`, {}, ["+1900*", A]],
    ["nothing but prefixes", "+1900*\n+1976*\n", {}, ["+1900*", "+1976*"]],
    ["a second number in a cell behind the header's last", `phone\n${A},${B}\n${C},\n`, {}, [A, B, C]],
    [
      "a second number that comes first in line 211",
      `${`${A}\n`.repeat(210)}${B},${C}\n`,
      {},
      [...Array.from({ length: 210 }, () => A), B, C],
    ],
    ["a second number under a common name", `Phone Number,Phone Number 2\n${A},${B}\n`, {}, [A, B]],
    ["a landline", `Name,Mobile,Landline\nMara,${A},${B}\nJon,,${C}\n`, {}, [A, B, C]],
    ["a second number under a name that nobody knows", `phone,alt\n${A},${B}\n${C},\n`, {}, [A, B, C]],
    ["the same, national", "phone,alt\n2025550101,2025550102\n", { defaultRegion: "US" }, [A, B]],
    [
      "a second column, empty before line 211",
      `phone,alt\n${`${A},\n`.repeat(210)}${B},${C}\n`,
      {},
      [...Array.from({ length: 210 }, () => A), B, C],
    ],
    ["a number among remarks", `phone,remark\n${A},no\n${A},no\n${B},${C}\n`, {}, [A, A, B, C]],
    [
      "ids and dates beside the numbers",
      `id,phone,since\n1000001,${A},01/05/2026\n1000002,${B},20260105\n`,
      {},
      [A, B],
    ],
    [
      "ids beside national numbers",
      "id,phone\n1234567,2025550101\n1000000002,2025550102\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    [
      "accounts beside them",
      "account,phone\n4155550123,2025550101\n4155550124,2025550102\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    ["times in Unix seconds", "phone,time\n07700900002,1704067200\n", { defaultRegion: "GB" }, ["+447700900002"]],
    [
      "when a phone was verified",
      "phone,phoneVerifiedAt\n07700900002,1704067200\n",
      { defaultRegion: "GB" },
      ["+447700900002"],
    ],
    ["customers' numbers", "phone,kundennr\n+493012345678,3090182000\n", { defaultRegion: "DE" }, ["+493012345678"]],
    [
      "ids under a name that nobody knows",
      "phone,kd\n+493012345678,3090182000\n",
      { defaultRegion: "DE" },
      ["+493012345678"],
    ],
    ["the agent's number", "phone,agent_phone\n2025550101,2025550102\n", { defaultRegion: "US" }, [A]],
    ["who referred them", `Mobile,Landline,Referred by\n${A},${B},${C}\n`, {}, [A, B]],
    ["the agent's number where no name is known", `Who,Agent,Nr\nMara,${B},${A}\n`, {}, [A]],
    [
      "accounts that come first in line 211",
      `phone,account\n${`${A},\n`.repeat(210)}${B},4155550123\n`,
      { defaultRegion: "US" },
      [...Array.from({ length: 210 }, () => A), B],
    ],
    ["a caller among names", `phone,caller\n${A},Mara\n${A},Jon\n${B},${C}\n`, {}, [A, A, B]],
    [
      "a national number under a name that speaks of phones",
      "phone,Tel. (Werk)\n2025550101,2025550102\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    ["a comma in the last column, unquoted", `phone,notes\n${A},asked twice, angry\n${B},,\n`, {}, [A, B]],
    ["a word in a cell behind the header's last", `phone\n${A},Mara\n${B}\n`, {}, [A, B]],
    ["no number in a column that is read for its cells", `phone,alt\n${A},${B}\n${C},none\n`, {}, [A, B, C]],
    ["a second column that is left out", `phone,alt\n${A},${B}\n`, { ignore: ["alt"] }, [A]],
    [
      "call records: our own number is nobody's",
      `campaign_id,phone_number,contact_name,variables,end_reason,sip_status_code,from_number\nx,${A},Mara,{},,,${B}\n`,
      {},
      [A],
    ],
    ["only the column that is said", `phone,alt\n${A},${B}\n`, { map: "phone=phone" }, [A]],
    ["a remark in a cell behind the first line's last", `${A}\n${B},wrong person\n`, {}, [A, B]],
    [
      "a first number that reads as a date",
      "20123456\n20260105\n",
      { defaultRegion: "DK" },
      ["+4520123456", "+4520260105"],
    ],
    ["a date in the words of a header", `as of 2026-01-05 12:00\n${A}\n`, {}, [A]],
    ["a compact date in them, and years", `dnc_20260105 (2025-2026)\n${A}\n`, {}, [A]],
    ["American dates before the number, without a header", `01/05/2026,${A}\n01/06/2026,${B}\n`, {}, [A, B]],
    ["UTF-16", Buffer.from(`\ufeff${A}\r\n${B}\r\n`, "utf16le"), {}, [A, B]],
  ])("%s", async (_, bytes, options, numbers) => {
    const read = await numbersOf(bytes, options);
    expect(read.error).toBeNull();
    expect(read.report.rejected).toEqual({});
    expect(read.numbers).toEqual(numbers);
    expect(read.report.kept).toBe(read.report.read);
  });

  test.each<[string, string, Options, readonly string[], number]>([
    ["a word", `phone\n${A}\nnot a number\n`, {}, [A], 1],
    ["a national number without a region", `phone\n${A}\n(202) 555-0103\n`, {}, [A], 1],
    ["all of them", "phone_number\n2025550104\n(202) 555-0105\n", {}, [], 2],
    ["all of them, without a header", "2025550104\n2025550105\n", {}, [], 2],
    ["an empty cell", `name,phone\nMara,\nJon,${A}\n`, {}, [A], 1],
    ["one of two columns", `phone,mobile\n${A},12\n`, {}, [A], 1],
    ["two numbers in a cell", `phone\n${A} / ${B}\n${C}\n`, {}, [C], 1],
    ["a remark behind the number of the first line", `${A} (home)\n${B}\n`, {}, [B], 1],
    ["an extension in the first line", `202-555-0101 x3\n${B}\n`, {}, [B], 1],
    ["three numbers in the first line", `${A} / ${B} / ${C}\n${C}\n`, {}, [C], 1],
    ["a remark behind every number", `${A} (home)\n${B} (work)\n`, {}, [], 2],
    ["a dash of a word processor in the first line", `(202) 555–0101 home\n${B}\n`, {}, [B], 1],
    ["a prefix without its plus in the first line", `1900*\n${B}\n`, {}, [B], 1],
    ["neither a number nor one behind the header's last", `phone\n,Mara\n${B}\n`, {}, [B], 1],
    ["a national one in such a cell, without a region", `phone\n${A},(202) 555-0103\n${B}\n`, {}, [A, B], 1],
    ["no number, nor one in a column that is read for its cells", `phone,alt\n${A},${B}\n,none\n`, {}, [A, B], 1],
    ["two numbers in a cell of such a column", `phone,alt\n${A},${B}\n${A},${B} / ${C}\n`, {}, [A, B, A], 1],
    ["a second number with a remark in such a cell", `${A}\n${B},${C} (home)\n`, {}, [A, B], 1],
    ["a second column of national numbers without a region", `phone,alt\n${A},(202) 555-0103\n`, {}, [A], 1],
    ["a number with too many decimals", `phone\n+491713920014.5\n${C}\n`, {}, [C], 1],
  ])("what cannot be read is counted: %s", async (_, text, options, numbers, rejected) => {
    const { report, numbers: read, error } = await numbersOf(text, options);
    expect(error).toBeNull();
    expect(read).toEqual(numbers);
    expect(report.read - report.kept).toBe(rejected);
    expect(Object.values(report.rejected).reduce((sum, n) => sum + n, 0)).toBe(rejected);
    expect(report.examples.length).toBe(rejected);
  });

  test("a column that is read for its cells is named", async () => {
    const { report } = await numbersOf(`phone,alt,remark\n${A},${B},\n${A},${B},no\n${A},,no\n${A},,${C}\n`);
    expect(report.notes).toEqual([
      'numbers also from "alt", whose cells look like numbers; --ignore leaves a column out',
      'numbers also from "remark", where some cells are numbers',
    ]);
  });

  test("a column that may hold somebody else's numbers is named, for none of them is read", async () => {
    const { report } = await numbersOf(
      `phone,agent,account,caller\n${A},${B},4155550123,\n${A},${B},4155550124,x\n${A},,,x\n${A},,,${C}\n`,
      { defaultRegion: "US" },
    );
    expect(report.notes).toEqual([
      'numbers in "agent", "account", "caller" are not read: they may be ids, or somebody else\'s; --map phone=COLUMN,… says which are',
    ]);
  });

  test.each([
    ["nothing", "", "found an empty file"],
    ["no numbers", "name,city\nMara,Rome\n", "expected a column phone_number"],
    ["a vCard", "BEGIN:VCARD\nTEL:+12025550101\n", "a vCard file"],
  ])("%s is refused", async (_, text, error) => expect((await numbersOf(text)).error).toContain(error));
});
