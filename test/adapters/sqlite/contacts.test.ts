import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { contactsContract } from "../../contracts/contacts.ts";

contactsContract("SQLite", async () => openSqliteStore(":memory:"));
