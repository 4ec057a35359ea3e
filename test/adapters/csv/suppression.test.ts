/** Whom one must not call, as files say it: lists in all their forms, and columns and cells that nobody may read past. */
import { describe, expect, test } from "vitest";
import { contactsOf, numbersOf, type Options } from "../../support/reading.ts";
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

/** Surnames, towns, and what dispositions say of calls that were not made. */
const NO_WISHES = [
  ..."Nix,Block,Baja,Ring Road 5,never contacted,could not be contacted,no call back yet,kein Kontakt,withdrawn".split(
    ",",
  ),
  ..."aucun appel effectué,bisher kein Anruf,not interested,don't know,Widerrufsfrist 14 Tage,immune-suppressed".split(
    ",",
  ),
];

describe("columns that say whom one must not call", () => {
  test.each([
    "do_not_call",
    "Do Not Call?",
    "DO-NOT-CALL",
    "DoNotCall",
    "DNC",
    "dnc?",
    "opt_out",
    "Opted Out",
    "Do Not Phone",
    "Do not contact",
    "On DNC List",
    "TPS",
    "Nicht anrufen",
    "Ne pas appeler",
    "Phone Opt-Out",
    "Don't call",
  ])("%s is one", async (header) => {
    const { contacts, forbidden, error } = await contactsOf(`phone\t${header}\n${A}\tYes\n${B}\tNo\n`);
    expect(error).toBeNull();
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([true, false]);
    expect(contacts[0]?.variables).toEqual({});
    expect(forbidden).toEqual([A]);
  });

  test.each(["may_call", "OK to call", "Can call", "Calls allowed"])("%s says the opposite", async (header) => {
    const { contacts } = await contactsOf(`phone\t${header}\n${A}\tno\n${B}\tyes\n${C}\t\n`);
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([true, false, false]);
  });

  test("any of several marks the person", async () => {
    const { contacts } = await contactsOf(`phone,dnc,opt_out\n${A},no,yes\n${B},,\n`);
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([true, false]);
  });

  test.each([
    "Do not call before",
    "do_not_call_reason",
    "DNC date",
    "Suppression",
    "Blocked",
    "Unsubscribed",
    "opt out date",
    "Robinson list",
    "Werbesperre",
    "Bloctel 2026",
    "No llamar más",
    "Stop list",
    "Call preference",
    "Removed",
    "CTPS match",
    "Never contact",
    "Exclude",
    "Stop",
    "DoNotCall__c",
    "In DNC?",
    "ndnc_status",
    "Anrufverbot",
    "Telefon-Sperre",
    "Keine Telefonwerbung",
    "Widerspruch Telefon",
    "Einwilligung widerrufen",
    "Ne pas démarcher",
    "Opposé au démarchage",
    "Liste rouge",
    "Désabonné",
    "No molestar",
    "Baja",
    "RPO",
    "Não Perturbe",
    "Bel me niet register",
    "Nie dzwonić",
    "NIX-Telefon",
    "Reservasjonsregisteret",
    "Soittokielto",
    "Не звонить",
    "Чёрный список",
    "Nevolejte",
    "Nu sunați",
    "Aramayın",
    "لا تتصل",
    "请勿致电",
    "電話禁止",
    "수신거부",
    "ห้ามโทร",
    "Jangan telepon",
    "Không gọi",
    "Call consent withdrawn",
    "TCPA Litigator",
    "Is Deceased",
    "Cease & Desist",
    "Wrong number",
  ])("%s looks like one, and stops the import until it is mapped or left out", async (header) => {
    const text = `phone\t${header}\n${A}\tYes\n`;
    const { error, contacts } = await contactsOf(text);
    expect(error).toContain("looks like a wish not to be called");
    expect(error).toContain(`--map do_not_call="${header}"`);
    expect(error).toContain(`--ignore "${header}"`);
    expect(contacts).toEqual([]);
    const left = await contactsOf(text, { ignore: [header] });
    expect(left.contacts).toMatchObject([{ doNotCall: false, variables: {} }]);
    const mapped = await contactsOf(text, { map: `do_not_call=${header}` });
    expect(mapped.contacts).toMatchObject([{ doNotCall: true }]);
  });

  test.each([
    "Contact permission",
    "Permission to call",
    "Phone opt-in",
    "Marketing Consent",
    "Consent to be called",
    "Anrufen erlaubt",
    "Einwilligung Telefon",
    "Accepte les appels",
    "Acepta llamadas",
    "Consenso chiamate",
    "Call?",
    "Contact?",
    "Ok2Call",
  ])("%s says who may be called: heeded as it is said, a no would be turned into a yes", async (header) => {
    const text = `phone\t${header}\n${A}\tYes\n${B}\tNo\n`;
    const { error } = await contactsOf(text);
    expect(error).toContain(`column "${header}" says who may be called, and is not used`);
    expect(error).toContain(`--map may_call="${header}" heeds it, --ignore "${header}"`);
    const { contacts } = await contactsOf(text, { map: `may_call=${header}` });
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([false, true]);
  });

  test("a name that says so is no name", async () => {
    const { contacts, report } = await contactsOf(`name,phone\nDNC - Ada,${A}\nMary Robinson,${B}\n`);
    expect(contacts.map(({ name }) => name)).toEqual(["Mary Robinson"]);
    expect(report.rejected).toEqual({ "the name says not to call; say it in a column do_not_call": 1 });
  });

  test.each([
    ["Status", "DNC"],
    ["Status", "Blacklisted since 2021"],
    ["Status", "Deceased"],
    ["Bemerkung", "Widerspruch vom 1.5.2024"],
    ["Bemerkung", "gesperrt"],
    ["Notes", "remove me from the list!"],
    ["Notes", "asked not to be called"],
    ["Notes", "consent revoked"],
    ["Remarques", "ne plus m’appeler"],
    ["Remarques", "refuse d’être appelé"],
    ["Notas", "no volver a llamar"],
    ["Notas", "não ligue mais"],
    ["Note", "non richiamare"],
    ["Opmerking", "wil niet meer gebeld worden"],
    ["Uwagi", "nie dzwonić po 18"],
    ["Заметки", "просил не звонить"],
    ["备注", "请勿致电"],
    ["備考", "この番号は架電禁止"],
    ["Notes", "asked: do not call again"],
    ["Lead Status", "Opted out"],
    ["last reply", "STOP"],
    ["Labels", "vip ::: do-not-call"],
    ["Bemerkung", "bitte nicht anrufen"],
    ["remarks", "Don’t call!"],
    ["", "do not contact"],
  ])("a cell of %j that says %j stops it too", async (header, cell) => {
    const rows = Array.from({ length: 300 }, (_, n) => `+1202555${String(n + 1000)}\tx\n`).join("");
    const { error } = await contactsOf(`phone\t${header}\n${rows}${A}\t${cell}\n`);
    expect(error).toContain("holds a wish not to be called (line 302)");
    expect(error).not.toMatch(/\d{5}/);
  });

  test("a status beside such a cell lost every row that was neither yes nor no", async () => {
    const text = `phone,status,notes\n${A},Active,\n${B},DNC,Mara's\n${C},Inactive,remove me from the list!\n${`${A},Active,\n`.repeat(4)}`;
    const { error } = await contactsOf(text);
    expect(error).toContain('--map remarks="status" heeds it, and takes other words for none');
    expect(error).toContain('--map do_not_call="status" rejects whatever is neither yes nor no');
    const { contacts, forbidden, report } = await contactsOf(text, { map: "remarks=status,remarks=notes" });
    expect(report.notes).toEqual([
      'taken for no wish in "status": "Active", "Inactive"',
      'taken for no wish in "notes": 1 of its cells',
    ]);
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([false, true, true, false, false, false, false]);
    expect(contacts[0]?.variables).toEqual({ status: "Active", notes: "" });
    expect(forbidden).toEqual([B, C]);
  });

  test.each(["dnc", "Do Not Call?", "Stop list"])("%s is no remark: its yes would be none", async (header) => {
    const { error } = await contactsOf(`phone,${header}\n${A},Yes\n`, { map: `remarks=${header}` });
    expect(error).toContain("looks like a wish not to be called");
  });

  test.each([
    "Email Opt Out",
    "HasOptedOutOfFax",
    "SMS opt-out",
    "Unsubscribed from all email",
    "Do not allow Bulk Emails",
  ])("%s is about another channel: it is said, and stays a variable", async (header) => {
    const { contacts, report, error } = await contactsOf(`phone\t${header}\n${A}\topted out\n`);
    expect(error).toBeNull();
    expect(contacts).toMatchObject([{ doNotCall: false, variables: { [header]: "opted out" } }]);
    expect(report.notes.join()).toContain("is about another channel");
  });

  test.each([
    "city",
    "Notes",
    "call reason",
    "Last call",
    "Contact owner",
    "Preferred method of contact",
    "blocks",
    "Stopover",
    "Stop name",
    "Call Date",
    "Calling plan",
    "Street",
    "Suppliers",
    "Accord client",
    "Nichtraucher",
    "Telefonische Erreichbarkeit",
  ])("%s is no such column", async (header) =>
    expect((await contactsOf(`phone\t${header}\n${A}\tRome\n`)).error).toBeNull(),
  );
  test.each(["Rome", "stop over in Rome", "call me", "0", "", "robinson", "dncx", ...NO_WISHES])(
    "%j is no such cell",
    async (cell) => expect((await contactsOf(`phone\tnote\n${A}\t${cell}\n`)).error).toBeNull(),
  );

  test.each<[string, string, Options, readonly string[]]>([
    [
      "under names that are known",
      `Name,Mobil,Festnetz,Nicht anrufen\nMara,${A},${B},ja\nJon,${C},,nein\n`,
      {},
      [A, B],
    ],
    ["under a name that nobody knows", `phone,alt,dnc\n${A},${B},yes\n${C},+12025550104,no\n`, {}, [A, B]],
    [
      "a national one, under a name that speaks of phones",
      "phone,Tel. 2 (Werk),dnc\n2025550101,2025550102,yes\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    [
      "a national one, written as one",
      "phone,alt,dnc\n2025550101,(202) 555-0102,yes\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    ["but no account", "phone,account,dnc\n2025550101,2025550102,yes\n", { defaultRegion: "US" }, [A]],
    [
      "nor an invoice",
      "phone,invoice,dnc\n+493012345678,2024-030901820,yes\n",
      { defaultRegion: "DE" },
      ["+493012345678"],
    ],
    [
      "nor an account that begins with a zero",
      "phone,Konto,dnc\n+493012345678,030-901820,yes\n",
      { defaultRegion: "DE" },
      ["+493012345678"],
    ],
    ["nor a number within a text", `phone,note,dnc\n${A},ask for Jon at ${B},yes\n`, {}, [A]],
    ["nor a fax, nor an assistant's", `phone,Fax Number,Assistant's Phone,dnc\n${A},${B},${C},yes\n`, {}, [A]],
    ["nor a representative's", `phone,Phone Rep,Referrer,dnc\n${A},${B},${C},yes\n`, {}, [A]],
    ["nor a column that is left out", `phone,alt,dnc\n${A},${B},yes\n`, { ignore: ["alt"] }, [A]],
  ])("further numbers of who does not want to be called are forbidden: %s", async (_, text, options, numbers) => {
    const { forbidden, error } = await contactsOf(text, options);
    expect(error).toBeNull();
    expect(forbidden).toEqual(numbers);
  });

  test("it is said which column they came from", async () => {
    const { report, contacts } = await contactsOf(`phone,alt,dnc\n${A},${B},yes\n`);
    expect(report.notes).toContain('of who does not want to be called, the numbers in "alt" are forbidden as well');
    expect(contacts).toMatchObject([{ doNotCall: true, variables: { alt: B } }]);
  });

  test("a row that is rejected for something else forbids all the same", async () => {
    const { forbidden, report } = await contactsOf(
      `phone,dnc,time_zone\n${A},yes,Nowhere/Atlantis\n12,yes,\n${B},yes,,too,many\n`,
    );
    expect(forbidden).toEqual([A, B]);
    expect(report.notes).toContain("of the rejected rows, 1 ask not to be called: fix their numbers and import them");
  });
});
