/** Awkward headers and cells: what they say, or why a row is left out. */
import { A, ADA, B, BEA, type Case, TWO } from "./corpus.ts";

export const HEADERS: readonly Case[] = [
  {
    file: "headers in any case, with spaces, hyphens and underlines",
    bytes: `FULL NAME, E-Mail ,Mobile-Number,Do Not Call,Time Zone\nAda,a@example.com,${A},No,Europe/London\n`,
    contacts: [{ ...ADA, email: "a@example.com", doNotCall: false, timeZone: "Europe/London", variables: {} }],
    report: { read: 1, kept: 1 },
  },
  {
    file: "first and last name",
    bytes: `first_name,last_name,tel\nAda,Lovelace,${A}\n,Byron,${B}\n`,
    contacts: [{ name: "Ada Lovelace" }, { name: "Byron" }],
    report: { read: 2, kept: 2 },
  },
  {
    file: "account_number and photo_url are no phone",
    bytes: `account_number,photo_url\n1,x\n`,
    error: "phone_number",
  },
  {
    file: "address is no email",
    bytes: `phone,address\n${A},1 Main St\n`,
    contacts: [{ email: null, variables: { address: "1 Main St" } }],
    report: { read: 1, kept: 1 },
  },
  {
    file: "two phone columns: the first that can be called",
    bytes: `mobile,phone\n${B},${A}\n${B},\n${B},12\n`,
    contacts: [{ phoneNumber: A, variables: {} }, { phoneNumber: B }, { phoneNumber: B }],
    report: {
      read: 3,
      kept: 2,
      duplicates: 1,
      notes: ['numbers from "phone", then "mobile": the first that can be called'],
    },
  },
  {
    file: "two candidates, and the map says which",
    bytes: `phone,mobile\n${A},${B}\n`,
    map: "phone=mobile",
    contacts: [{ phoneNumber: B, variables: { phone: A } }],
    report: { read: 1, kept: 1 },
  },
  {
    file: "a map, with a comma in a column's name",
    bytes: `"Wer, genau",Nummer\nAda,${A}\n`,
    map: "phone=nummer,name=Wer, genau",
    contacts: [ADA],
    report: { read: 1, kept: 1 },
  },
  { file: "a map to a column that is not there", bytes: `a,b\n1,2\n`, map: "phone=c", error: 'found "a", "b"' },
  { file: "a map of one column to two fields", bytes: `a,b\n1,2\n`, map: "phone=a,name=a", error: "to be one thing" },
  {
    file: "the same header twice",
    bytes: `phone,note,note,note 2,Note\n${A},w,x,y,z\n`,
    contacts: [{ variables: { note: "w", "note 3": "x", "note 2": "y", Note: "z" } }],
    report: { read: 1, kept: 1, notes: ['there are several columns "note": number 3 is called "note 3"'] },
  },
  { file: "the same header twice, for the phone", bytes: `phone,Phone\n${A},${B}\n`, error: "for phone once" },
  { file: "the same header twice, for a flag", bytes: `phone,dnc,DNC\n${A},,yes\n`, error: "for do_not_call once" },
  { file: "no header", bytes: `Ada,${A}\nBea,${B}\n`, error: "the first line looks like a contact" },
  { file: "nothing", bytes: "", error: "found an empty one" },
  { file: "nothing but line ends", bytes: "\n\r\n\n", error: "found an empty one" },
  { file: "a header only", bytes: "name,phone\n", contacts: [], report: {} },
  {
    file: "columns without a header",
    bytes: `phone,,city,\n${A},x,Rome,\n${B},,Bern,\n`,
    contacts: [{ variables: { column_2: "x", city: "Rome" } }, { variables: { city: "Bern" } }],
    report: { read: 2, kept: 2 },
  },
  {
    file: "further columns reach the agent as they are",
    bytes: `phone,account,note,__proto__,company\n${A},000123, two  spaces ,1e5,"Engines, Inc."\n`,
    contacts: [
      {
        company: "Engines, Inc.",
        variables: Object.fromEntries([
          ["company", "Engines, Inc."],
          ["account", "000123"],
          ["note", " two  spaces "],
          ["__proto__", "1e5"],
        ]),
      },
    ],
    report: { read: 1, kept: 1 },
  },
  {
    file: "rejected rows, mended and read again",
    bytes: `reject_line,reject_column,reject_reason,phone,name\n4,phone,the number is missing,${A},Ada\n`,
    contacts: [{ ...ADA, variables: {} }],
    report: { read: 1, kept: 1 },
  },
];

/** One reason, at the first row. */
const rejected = (column: string | null, reason: string): Pick<Case, "contacts" | "report"> => ({
  contacts: [],
  report: { read: 1, rejected: { [reason]: 1 }, examples: [{ line: 2, column, reason }] },
});

export const ROWS: readonly Case[] = [
  {
    file: "fewer cells than columns",
    bytes: `phone,name,city\n${A}\n${B},Bea\n`,
    contacts: [{ phoneNumber: A, name: null, variables: { city: "" } }, BEA],
    report: { read: 2, kept: 2 },
  },
  { file: "more cells, all empty", bytes: `name,phone\nAda,${A},,\nBea,${B},, \n`, ...TWO },
  {
    file: "more cells than columns: a comma that should be quoted",
    bytes: `name,phone\nLovelace, Ada,${A}\n`,
    ...rejected(null, "more cells than the header has columns"),
  },
  { file: "a blank phone", bytes: `name,phone\nAda,\n`, ...rejected("phone", "the number is missing") },
  { file: "a missing last cell", bytes: `name,phone\nAda\n`, ...rejected("phone", "the number is missing") },
  {
    file: "a number ruined by a spreadsheet",
    bytes: `phone\n4.41234E+11\n`,
    ...rejected("phone", "the number was changed by a spreadsheet (4.41E+11); export it as text"),
  },
  { file: "an extension", bytes: `phone\n${A} ext. 12\n`, ...rejected("phone", "the number has an extension") },
  { file: "too short", bytes: `phone\n+1202555\n`, ...rejected("phone", "the number is too short") },
  { file: "letters", bytes: `phone\n1-800-FLOWERS\n`, region: "US", ...rejected("phone", "the number has letters") },
  { file: "premium", bytes: `phone\n+19005550123\n`, ...rejected("phone", "the number is a premium-rate number") },
  {
    file: "an emergency number",
    bytes: `phone\n911\n`,
    region: "US",
    ...rejected("phone", "the number is an emergency or short number"),
  },
  {
    file: "a national number without a region",
    bytes: `phone\n4155550100\n`,
    ...rejected("phone", "the number needs a country code (+…) or --default-region"),
  },
  {
    file: "a national number with one",
    bytes: `phone\n(415) 555-0100\n`,
    region: "US",
    contacts: [{ phoneNumber: "+14155550100" }],
    report: { read: 1, kept: 1 },
  },
  ...["/", ",", " or ", ";"].map((between): Case => ({
    file: `two numbers in one cell, with ${JSON.stringify(between)} between`,
    bytes: `name,phone\nAda,"${A}${between}${B}"\n`,
    ...rejected("phone", "the number is one of several; leave only one"),
  })),
  {
    file: "numbers with a spreadsheet's fraction of zero",
    bytes: `phone\n${A}.0\n2025550111.00\n"${A},0"\n`,
    region: "US",
    contacts: [{ phoneNumber: A }, { phoneNumber: B }, { phoneNumber: A }],
    report: { read: 3, kept: 2, duplicates: 1, unrounded: 3 },
  },
  {
    file: "a new area code",
    bytes: `phone\n+19995550123\n${A}\n`,
    contacts: [{ phoneNumber: "+19995550123" }, { phoneNumber: A }],
    report: { read: 2, kept: 2, unverified: 1 },
  },
  {
    file: "one number written in three ways",
    bytes: `name,phone\nAda,${A}\nAda L,+1 (202) 555-0110\nAda,001 202 555 0110\n`,
    region: "GB",
    contacts: [ADA, { name: "Ada L", phoneNumber: A }, ADA],
    report: { read: 3, kept: 1, duplicates: 2 },
  },
  ...["TRUE", "yes", "Y", "1", "x", "on", "Oui", "Ja", "Sí", "✓", " true "].map((flag): Case => ({
    file: `do-not-call ${JSON.stringify(flag)}`,
    bytes: `phone,DNC\n${A},${flag}\n`,
    contacts: [{ phoneNumber: A, doNotCall: true }],
    report: { read: 1, suppressed: 1 },
  })),
  ...["FALSE", "no", "N", "0", "off", "", "-", "nein"].map((flag): Case => ({
    file: `not do-not-call ${JSON.stringify(flag)}`,
    bytes: `phone,do_not_call\n${A},${flag}\n`,
    contacts: [{ phoneNumber: A, doNotCall: false }],
    report: { read: 1, kept: 1 },
  })),
  {
    file: "do-not-call that says neither",
    bytes: `phone,dnc\n${A},maybe\n`,
    ...rejected("dnc", "do_not_call is neither yes nor no"),
  },
  {
    file: "a number that is marked in its second row only",
    bytes: `phone,dnc\n${A},\n${B},\n${A},yes\n`,
    contacts: [{ phoneNumber: A }, { phoneNumber: B }, { phoneNumber: A, doNotCall: true }],
    report: { read: 3, kept: 1, duplicates: 1, suppressed: 1 },
  },
  {
    file: "a time zone that is none",
    bytes: `phone,timezone\n${A},EST\n`,
    ...rejected("timezone", "the time zone is not a known one, such as Europe/London"),
  },
  {
    file: "a time zone that may be another country's than the number's",
    bytes: `phone,timezone\n${A},Melbourne\n`,
    ...rejected("timezone", "the time zone is none of the number's country; write one such as Europe/London in full"),
  },
  {
    file: "a time zone at an offset that the place does not keep",
    bytes: `phone,timezone\n${A},(GMT-06:00) Arizona\n`,
    ...rejected("timezone", "the offset is not that of the place; write its zone in full, such as America/Phoenix"),
  },
  {
    file: "a label of cities that share a clock no more",
    bytes: `phone,timezone\n${A},"(GMT-07:00) Chihuahua, La Paz, Mazatlan"\n`,
    ...rejected("timezone", "the time zone stands for several clocks; write one such as Europe/London in full"),
  },
  {
    file: "consent, whole, in part, and refused",
    bytes: [
      "phone,consent,consent_date,consent_source,consent_wording",
      `${A},yes,2026-03-01,web form,"I agree, gladly"`,
      `${B},,,paper,`,
      "+12025550112,no,2026-03-01,,",
      "+12025550113,,,,",
    ].join("\n"),
    contacts: [
      { consent: { grantedAt: Date.UTC(2026, 2, 1), source: "web form", proof: "I agree, gladly" } },
      { consent: { grantedAt: null, source: "paper", proof: null } },
      { consent: null },
      { consent: null },
    ],
    report: { read: 4, kept: 4 },
  },
  {
    file: "instants as PostgreSQL writes them",
    bytes: `phone,consent_at\n${A},2026-01-02 10:00:00+02\n${B},2026-01-02 08:00:00.123456+00\n`,
    contacts: [
      { consent: { grantedAt: Date.UTC(2026, 0, 2, 8), source: null, proof: null } },
      { consent: { grantedAt: Date.UTC(2026, 0, 2, 8, 0, 0, 123), source: null, proof: null } },
    ],
    report: { read: 2, kept: 2 },
  },
  {
    file: "a day that may be two",
    bytes: `phone,consent_at,consent_proof\n${A},03/04/2026,form 7\n`,
    contacts: [{ consent: { grantedAt: null, source: null, proof: "form 7" } }],
    report: { read: 1, kept: 1, undated: 1 },
  },
  {
    file: "a day that there is not",
    bytes: `phone,consent_at\n${A},2026-02-30\n`,
    contacts: [{ consent: { grantedAt: null, source: null, proof: null } }],
    report: { read: 1, kept: 1, undated: 1 },
  },
];
