/** Files as the world's programs write them: which columns are taken, which kinds of files are read or named, what is hinted. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import { contactsOf, numbersOf, type Options } from "../../support/reading.ts";
import { workbook, xlsx, zip } from "../../support/zip.ts";

const A = "+12025550101";
const B = "+12025550102";
const C = "+12025550103";
const MARA = { name: "Mara Quill", phoneNumber: A };

describe("the exports of the big programs", () => {
  test.each<[string, string, Partial<NewContact>]>([
    [
      "Google",
      `First Name,Middle Name,Last Name,Organization Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,E-mail 1 - Label,E-mail 1 - Value,Labels
Mara,,Quill,Engines,Mobile,${A} ::: ${B},Work,${C},* Home,mara@example.com,* myContacts`,
      { ...MARA, email: "mara@example.com", company: "Engines" },
    ],
    [
      "Google, whose first number is a fax",
      `First Name,Last Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\nMara,Quill,Work Fax,${B},Mobile,${A}`,
      MARA,
    ],
    [
      "Google, before 2023",
      `Name,Given Name,Family Name,Phone 1 - Type,Phone 1 - Value,E-mail 1 - Type,E-mail 1 - Value,Organization 1 - Name\nMara Quill,Mara,Quill,Mobile,${A},Home,mara@example.com,Engines`,
      { ...MARA, email: "mara@example.com", company: "Engines" },
    ],
    [
      "Outlook",
      `First Name,Last Name,Company,Assistant's Phone,Business Fax,Business Phone,Business Phone 2,Home Phone,Mobile Phone,Other Phone,E-mail Address\nMara,Quill,Engines,${B},${B},${B},${B},${B},${A},${B},mara@example.com`,
      { ...MARA, email: "mara@example.com", company: "Engines" },
    ],
    [
      "Outlook, with a number at work only",
      `First Name,Last Name,Assistant's Phone,Business Fax,Business Phone,Home Phone,Mobile Phone\nMara,Quill,${B},${B},${A},,`,
      MARA,
    ],
    [
      "Apple",
      `First Name,Last Name,Phone (Mobile),iPhone,Phone (Home),Email\nMara,Quill,,${A},${B},mara@example.com`,
      MARA,
    ],
    [
      "HubSpot",
      `Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,Associated Company\n9002,Mara,Quill,mara@example.com,,${A},Ines,Engines`,
      { ...MARA, email: "mara@example.com" },
    ],
    [
      "Salesforce, a report",
      `Salutation,First Name,Last Name,Account Name,Phone,Mobile,Email,Do Not Call,Email Opt Out\nMs,Mara,Quill,Engines,,${A},mara@example.com,0,1`,
      { ...MARA, company: "Engines", doNotCall: false },
    ],
    [
      "Salesforce, its API names",
      `Id,FirstName,LastName,Phone,MobilePhone,HomePhone,OtherPhone,AssistantPhone,Email,DoNotCall,HasOptedOutOfEmail\n003,Mara,Quill,,${A},${B},${B},${C},mara@example.com,true,false`,
      { ...MARA, doNotCall: true },
    ],
    [
      "Dynamics",
      `(Do Not Modify) Contact,Full Name,Email,Company Name,Business Phone,Mobile Phone,Do not allow Phone Calls,Do not allow Emails\n1,Mara Quill,mara@example.com,Engines,${B},${A},Do Not Allow,Allow`,
      { ...MARA, company: "Engines", doNotCall: true },
    ],
    [
      "Dynamics, its own names",
      `fullname,emailaddress1,telephone1,mobilephone,donotphone,donotemail\nMara Quill,mara@example.com,${B},${A},Allow,Do Not Allow`,
      { ...MARA, email: "mara@example.com", doNotCall: false },
    ],
    [
      "Zoho",
      `Record Id,Contact Owner,First Name,Last Name,Account Name,Email,Phone,Mobile,Home Phone,Asst Phone,Email Opt Out\nz1,Ines,Mara,Quill,Engines,mara@example.com,,${A},${B},${C},false`,
      { ...MARA, email: "mara@example.com", company: "Engines" },
    ],
    ["German", `Vorname;Nachname;Telefon;Handy;E-Mail\nMara;Quill;;${A};mara@example.com`, MARA],
    ["French", `Prénom;Nom de famille;Téléphone;Portable\nMara;Quill;${A};${B}`, MARA],
    ["Spanish", `Nombre,Apellidos,Teléfono,Móvil\nMara,Quill,${A},${B}`, MARA],
  ])("%s", async (_, text, contact) => {
    const { contacts, error } = await contactsOf(text);
    expect(error).toBeNull();
    expect(contacts).toMatchObject([contact]);
  });

  test("every phone column of a person who does not want to be called is forbidden", async () => {
    const { forbidden } = await contactsOf(`Phone,Mobile,Do Not Call\n${A},${B} ::: ${C},yes\n+12025550104,,no\n`);
    expect(forbidden).toEqual([A, B, C]);
  });
});

describe("which column holds the number", () => {
  test.each<[string, string, Options, string | RegExp]>([
    ["several, in the order that is said", `Work,Mobile\n${A},${B}\n`, { map: "phone=Mobile,phone=Work" }, B],
    ["the next one, when the first is empty", `Work,Mobile\n${A},\n`, { map: "phone=Mobile,phone=Work" }, A],
    ["the next one, when the first is none", `Work,Mobile\n${A},n/a\n`, { map: "phone=Mobile,phone=Work" }, A],
    ["a second number under a common name", `Name,Phone Number,Phone Number 2\nMara,,${B}\n`, {}, B],
    ["a landline, when there is nothing else", `Name,Phone Number,Landline\nMara,,${B}\n`, {}, B],
    ["the plain column before the landline", `Landline,Phone Number\n${B},${A}\n`, {}, A],
    ["the mobile before the landline", `Festnetz,Handy\n${B},${A}\n`, {}, A],
    ["by its place", `a,b\nx,${A}\n`, { map: "phone=2" }, A],
    ["by its place, of two with one name", `phone,phone\n${A},${B}\n`, { map: "phone=2" }, B],
    ["not the one that is left out", `phone,mobile\n${A},${B}\n`, { ignore: ["phone"] }, B],
    ["area code and number", `area_code,phone\n202,5550101\n`, {}, A],
    ["area code and number, said", `a,b\n202,555-0101\n`, { map: "area=a,phone=b" }, A],
    [
      "area code and number of another country",
      `Vorwahl;Rufnummer\n0171;3920012\n`,
      { defaultRegion: "DE" },
      "+491713920012",
    ],
    ["a whole number beside an area code", `area_code,phone\n202,${A}\n`, {}, A],
    ["a column that is not there", `phone\n${A}\n`, { map: "phone=Mobile" }, /expected a column "Mobile" for phone/],
    ["a left out column that is not there", `phone\n${A}\n`, { ignore: ["x"] }, /--ignore: expected a column "x"/],
    ["said and left out at once", `phone\n${A}\n`, { map: "phone=phone", ignore: ["phone"] }, /to be one thing/],
  ])("%s", async (_, text, options, expected) => {
    const { contacts, error } = await contactsOf(text, options);
    if (typeof expected === "string") expect([error, contacts[0]?.phoneNumber]).toEqual([null, expected]);
    else expect(error).toMatch(expected);
  });
});

describe("a hint looks at cells, and shows nobody's number", () => {
  test.each([
    [
      "the column whose cells are numbers",
      `id,who,contact no.\n1,Mara,${A}\n2,Jon,${B}\n`,
      '--map phone="contact no."',
    ],
    ["not the first column", `account,dial\n100200,${A}\n`, '--map phone="dial"'],
    ["not a column of ids", `customer id,dial\n12345678901234567890,${A}\n20,${B}\n`, '--map phone="dial"'],
    ["not a column of dates", `signed,dial\n2026-11-24,${A}\n20261124,${B}\n`, '--map phone="dial"'],
    ["a column without a header, by its place", `name,,x\nMara,${A},1\n`, "--map phone=2"],
    ["nothing where there is nothing", `name,city\nMara,Rome\n`, "no column holds phone numbers"],
    ["a header in row 3", `Export of May,,\n,,\nname,phone,city\nMara,${A},Rome\n`, "header seems to be further down"],
    ["a delimiter", "name:phone_number\nMara:+12025550101\n", '--delimiter ":"'],
    ["another delimiter", "name^phone_number\nMara^+12025550101\n", '--delimiter "^"'],
    ["a third one", "name~phone\nMara~+12025550101\n", '--delimiter "~"'],
  ])("%s", async (_, text, hint) => {
    const { error } = await contactsOf(text);
    expect(error).toContain(hint);
    expect(error).not.toMatch(/\d{5}/);
  });

  test.each([
    `Mara,${A}\nJon,${B}\n`,
    `2025550101\n2025550102\n`,
    `202-555-0101\n202-555-0102\n`,
    `Mara,+491713920012.0\nJon,+491713920013\n`,
    `mara@example.com,x\n`,
    `"(202) 555-0101",Mara\n`,
    `Mara,2025550101 (home)\n`,
    `x,12025550101/12025550102\n`,
  ])("a file without a header is refused, without its data: %j", async (text) => {
    const { error } = await contactsOf(text);
    expect(error).toContain("expected a header line");
    expect(error).not.toMatch(/\d{5}|mara@/i);
  });
});

describe("kinds of files", () => {
  test.each<[string, string | Buffer, string]>([
    ["vCard", "BEGIN:VCARD\nVERSION:3.0\nFN:Mara\nTEL:+12025550101\nEND:VCARD\n", "a vCard file"],
    ["HTML that is called .xls", "<html><table><tr><td>Name</td></tr></table></html>", "a web page (HTML)"],
    ["HTML with a doctype", "<!DOCTYPE html>\n<html>", "a web page (HTML)"],
    ["a bare table", "\n <table><tr><td>", "a web page (HTML)"],
    ["XML", '<?xml version="1.0"?><contacts/>', "an XML file"],
    ["JSON, one object", '{"contacts":[{"phone":"+12025550101"}]}', "a JSON document"],
    ["JSON on many lines", '{\n  "contacts": [\n    {"phone": "+12025550101"}\n  ]\n}', "a JSON document"],
    ["a JSON array", '[{"phone":"+12025550101"}]', "a JSON array"],
    ["a JSON array on many lines", '[\n  {"phone":"+12025550101"}\n]', "a JSON array"],
    ["gzip", gzipSync("name,phone\n"), "a gzip file"],
    ["an old spreadsheet", Buffer.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1), "an old spreadsheet"],
    ["a PDF", "%PDF-1.7\n", "a PDF"],
    ["RTF", "{\\rtf1 Mara}", "an RTF document"],
    ["a picture", Buffer.of(0x89, 0x50, 0x4e, 0x47, 13, 10), "a picture"],
    ["a zip of something", zip({ "a.csv": "phone\n+12025550101\n" }), "a zip file"],
  ])("%s is named for what it is", async (_, bytes, name) => {
    const { error, contacts } = await contactsOf(bytes);
    expect(error).toContain("expected a table (CSV, XLSX or JSON Lines)");
    expect(error).toContain(name);
    expect(error).not.toMatch(/\d{5}/);
    expect(contacts).toEqual([]);
  });

  test("JSON Lines: the keys are the columns, and no number loses a digit", async () => {
    const { contacts, error } = await contactsOf(
      `{"name":"Mara","phone":"${A}","id":12345678901234567890,"vip":true}\n\n{"phone":${B.slice(1)},"name":null,"x":{"a":1}}\n`,
      { defaultRegion: "US" },
    );
    expect(error).toBeNull();
    expect(contacts).toMatchObject([
      { name: "Mara", phoneNumber: A, variables: { id: "12345678901234567890", vip: "true", x: "" } },
      { name: null, phoneNumber: B, variables: { id: "", x: '{"a":1}' } },
    ]);
  });
  test.each([
    ["a line that is none", `{"phone":"${A}"}\nhello\n`, "on line 2"],
    ["a line that is a list", `{"phone":"${A}"}\n["${B}"]\n`, "on line 2"],
    ["no phone", '{"name":"Mara"}\n{"name":"Jon"}\n', "expected a column phone_number"],
  ])("JSON Lines with %s", async (_, text, error) => expect((await contactsOf(text)).error).toContain(error));
  test.each([
    ['"do_not_call":true', "wish not to be called"],
    ['"Opt-Out":"2026-01-02"', "wish not to be called"],
    ['"tags":["do not call"]', "wish not to be called"],
    ['"do_not_call":null', null],
  ])("a wish not to be called whose key comes up late left the number free: %s", async (said, expected) => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `{"phone":"+1202555${String(n).padStart(4, "0")}"}`);
    const { error } = await contactsOf([...lines, `{"phone":"${A}",${said}}`].join("\n"));
    if (expected === null) expect(error).toBeNull();
    else expect(error).toContain(expected);
    expect(error ?? "").not.toMatch(/\d{5}/);
  });
  test("another key that comes up late is not passed over", async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `{"phone":"+1202555${String(n).padStart(4, "0")}"}`);
    const { report } = await contactsOf([...lines, `{"phone":"${A}","city":"Rome"}`].join("\n"));
    expect(report.rejected).toEqual({ "more cells than the header has columns": 1 });
  });

  test("XLSX: numbers that are stored as floats lose no digit", async () => {
    const file = xlsx([
      ["Name", "Phone", "Account"],
      ["Mara", { raw: "12025550101" }, { raw: "12345678901234567890" }],
      ["Jon", { raw: "1.2025550102E10" }, { raw: "0.5" }],
      ["Tess", { raw: "12025550103.0" }, "007"],
      ["Orr", A, ""],
    ]);
    const { contacts, error, report } = await contactsOf(file, { defaultRegion: "US" });
    expect(error).toBeNull();
    expect(contacts).toMatchObject([
      { name: "Mara", phoneNumber: A, variables: { Account: "12345678901234567890" } },
      { name: "Jon", phoneNumber: B, variables: { Account: "0.5" } },
      { name: "Tess", phoneNumber: C, variables: { Account: "007" } },
      { name: "Orr", phoneNumber: A },
    ]);
    expect(report.unrounded).toBe(1);
  });
});

const sheet = (name: string, number: string, state?: "hidden" | "veryHidden") => ({
  name,
  rows: [
    ["name", "phone"],
    ["Mara", number],
  ],
  ...(state !== undefined && { state }),
});

/** The end record as a further one, of 64 bits, says it. */
function inZip64(file: Buffer): Buffer {
  const at = file.lastIndexOf("PK\u0005\u0006");
  const end = Buffer.from(file.subarray(at));
  const [record, locator] = [Buffer.alloc(56), Buffer.alloc(20)];
  record.write("PK\u0006\u0006", "latin1");
  record.writeUInt32LE(44, 4);
  record.writeUInt32LE(end.readUInt16LE(10), 24);
  record.writeUInt32LE(end.readUInt16LE(10), 32);
  record.writeUInt32LE(end.readUInt32LE(12), 40);
  record.writeUInt32LE(end.readUInt32LE(16), 48);
  locator.write("PK\u0006\u0007", "latin1");
  locator.writeUInt32LE(at, 8);
  locator.writeUInt32LE(1, 16);
  end.fill(0xff, 8, 20);
  return Buffer.concat([file.subarray(0, at), record, locator, end]);
}

describe("XLSX with several sheets", () => {
  test.each(["hidden", "veryHidden"] as const)("the first that is shown is read, not one that is %s", async (state) => {
    const { contacts, report } = await contactsOf(
      workbook([sheet("Info", B, state), sheet("Data", A), sheet("Old", C)]),
    );
    expect(contacts.map(({ phoneNumber }) => phoneNumber)).toEqual([A]);
    expect(report.notes).toContain('read sheet "Data", not "Info" (hidden), not "Old"');
  });

  test("nothing is read when all that have rows are hidden", async () => {
    const { contacts, error } = await contactsOf(workbook([{ name: "A", rows: [] }, sheet("Data", A, "hidden")]));
    expect(contacts).toEqual([]);
    expect(error).toContain('found only hidden ones: "Data" (hidden)');
  });

  test.each(["Do not call", "Sperrliste"])("a sheet %j is not passed over", async (name) => {
    const { contacts, error } = await contactsOf(workbook([sheet("Data", A), sheet(name, B)]));
    expect(contacts).toEqual([]);
    expect(error).toContain(`sheet "${name}" looks like wishes not to be called`);
  });

  test("a list of numbers on several sheets is refused: those of the second were called", async () => {
    const { numbers, error } = await numbersOf(workbook([sheet("2025", A), sheet("2026", B, "hidden")]));
    expect(numbers).toEqual([]);
    expect(error).toContain('expected one sheet with numbers, found "2025", "2026" (hidden)');
  });

  test("a list of numbers is read from the sheet that has some", async () => {
    const info = { name: "Info", rows: [["as of", "2026-01-05"]] };
    const { numbers, report } = await numbersOf(workbook([info, sheet("Data", A)]));
    expect(numbers).toEqual([A]);
    expect(report.notes).toContain('read sheet "Data", not "Info"');
  });

  test("a sheet that tells of the list is none: its dates and counts were numbers", async () => {
    const info = {
      name: "Info",
      rows: [["Exported 2024-05-01T10:30:45.123Z"], ["Rows: 1,234,567"], ["Questions: +12025550104, by day"], ["Mara"]],
    };
    const { numbers, error } = await numbersOf(workbook([info, sheet("Data", A)]));
    expect(error).toBeNull();
    expect(numbers).toEqual([A]);
  });

  test.each([
    [
      "one number among words",
      [
        ["Mara", "Jon"],
        ["x", B],
        ["y", "z"],
        ["z", "z"],
      ],
    ],
    ["a prefix without its plus", [["x"], ["1900*"], ["y"], ["z"]]],
    ["numbers with something beside them", [["Mara"], [`${A} (home)`]]],
  ])("a sheet with %s has numbers", async (_, rows) => {
    const { error } = await numbersOf(workbook([sheet("2025", A), { name: "2026", rows }]));
    expect(error).toContain('expected one sheet with numbers, found "2025", "2026"');
  });

  test("a file whose end leads nowhere was unreadable", async () => {
    const file = workbook([sheet("Data", A)]);
    file.writeUInt32LE(0xfffffff0, file.length - 6);
    const { contacts, error } = await contactsOf(file);
    expect(error).toBeNull();
    expect(contacts.map(({ phoneNumber }) => phoneNumber)).toEqual([A]);
  });

  test("a file whose end is written in 64 bits was unreadable", async () => {
    const { contacts, error } = await contactsOf(inZip64(workbook([sheet("Info", B, "hidden"), sheet("Data", A)])));
    expect(error).toBeNull();
    expect(contacts.map(({ phoneNumber }) => phoneNumber)).toEqual([A]);
  });
});

describe("--encoding", () => {
  test.each<[string, number[], string]>([
    ["windows-1251", [0xcc, 0xe0, 0xf0, 0xe0], "Мара"],
    ["koi8-r", [0xed, 0xc1, 0xd2, 0xc1], "Мара"],
    ["shift_jis", [0x93, 0xfa, 0x96, 0x7b], "日本"],
    ["gb18030", [0xcd, 0xf5], "王"],
    ["big5", [0xa4, 0xfd], "王"],
    ["euc-kr", [0xb1, 0xe8], "김"],
    ["iso-8859-2", [0xa3, 0x75, 0x6b], "Łuk"],
    ["macintosh", [0x5a, 0x6f, 0x91], "Zoë"],
  ])("%s", async (encoding, bytes, name) => {
    const file = Buffer.concat([Buffer.from("name,phone\n"), Buffer.from(bytes), Buffer.from(`,${A}\n`)]);
    expect((await contactsOf(file, { encoding })).contacts).toMatchObject([{ name, phoneNumber: A }]);
  });
  test("of no name that there is", async () =>
    expect((await contactsOf("phone\n", { encoding: "klingon" })).error).toContain("--encoding: expected a name"));
  test("that the file is not in", async () =>
    expect((await contactsOf(Buffer.from([0x70, 0xff, 0xfe, 0x41, 0x41]), { encoding: "utf-8" })).error).toContain(
      "UTF-8",
    ));
});

describe("dates of consent", () => {
  const NOVEMBER = Date.UTC(2026, 10, 24);
  test.each<[string | undefined, string, number | null]>([
    [undefined, "2026-11-24", NOVEMBER],
    [undefined, "11/24/2026", null],
    ["MM/DD/YYYY", "11/24/2026", NOVEMBER],
    ["DD/MM/YYYY", "24/11/2026", NOVEMBER],
    ["DD/MM/YYYY", "11/24/2026", null],
    ["DD.MM.YYYY", "24.11.2026", NOVEMBER],
    ["YYYY/MM/DD", "2026/11/24", NOVEMBER],
    ["MMM DD, YYYY", "Nov 24, 2026", NOVEMBER],
    ["DD MMM YYYY", "24 November 2026", NOVEMBER],
    ["DD.MM.YYYY", "24.11.2026 09:14", NOVEMBER + (9 * 60 + 14) * 60_000],
    ["MM/DD/YYYY", "11/24/2026 9:14 PM", NOVEMBER + (21 * 60 + 14) * 60_000],
    ["DD.MM.YYYY", "2026-11-24", NOVEMBER],
    ["DD.MM.YYYY", "30.02.2026", null],
    ["serial", "46350", NOVEMBER],
  ])("--date-format %s: %s", async (dateFormat, text, grantedAt) => {
    const { contacts, report } = await contactsOf(`phone\tConsent Date\n${A}\t${text}\n`, { dateFormat });
    expect(contacts).toMatchObject([{ consent: { grantedAt } }]);
    expect(report.undated).toBe(grantedAt === null ? 1 : 0);
  });
  test.each(["", "DD.MM", "today", "DD.DD.YYYY"])("--date-format %j is none", async (dateFormat) =>
    expect((await contactsOf("phone\n", { dateFormat })).error).toContain("--date-format: expected a form"),
  );
});

test("a column __proto__ is a column", async () => {
  const { contacts, report } = await contactsOf(`phone,__proto__,constructor,toString\n${A},x,,z\n`);
  expect(Object.entries(contacts[0]?.variables ?? {})).toEqual([
    ["__proto__", "x"],
    ["constructor", ""],
    ["toString", "z"],
  ]);
  expect(report.columns).toEqual(["phone_number", "__proto__", "constructor", "toString"]);
  expect(report.empty).toEqual({ constructor: 1 });
});

test("numbers are counted by country, and those outside the default region", async () => {
  const { report } = await contactsOf(`phone\n${A}\n202 555 0102\n+44 20 7946 0123\n+883510012345\n12\n`, {
    defaultRegion: "us",
  });
  expect(report.countries).toMatchObject({ US: 2, GB: 1 });
  expect(report.outside).toBe(report.read - 3);
});
