/** Baseline: the rows of a CSV file, split at every comma and put into one table without an index. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";

const [, , file = "", path = ""] = process.argv;
const db = new DatabaseSync(path);
db.exec("pragma journal_mode = wal; create table contacts (name, phone, email, city, account); begin");
const insert = db.prepare("insert into contacts values (?, ?, ?, ?, ?)");
for await (const line of createInterface({ input: createReadStream(file) })) insert.run(...line.split(","));
db.exec("commit");
db.close();
