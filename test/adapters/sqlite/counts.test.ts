/** What the embedded store tells without counting all rows. */
import { countsContract } from "../../contracts/counts.ts";
import { outsideSqlite } from "../../support/outside.ts";

countsContract(outsideSqlite, 50);
