/** What others write into the embedded store's tables. */
import { strangersContract } from "../../contracts/strangers.ts";
import { outsideSqlite } from "../../support/outside.ts";

strangersContract(outsideSqlite);
