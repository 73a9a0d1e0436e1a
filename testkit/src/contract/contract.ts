import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bench, Case, ContractOptions, ContractSubject } from "./contract-subject.js";
import { abortCases } from "./abort-cases.js";
import { arrayCases } from "./array-cases.js";
import { controlCases } from "./control-cases.js";
import { dependencyCases } from "./dependency-cases.js";
import { fileCases } from "./file-cases.js";
import { jobFileCases } from "./job-file-cases.js";
import { listCases } from "./list-cases.js";
import { outcomeCases } from "./outcome-cases.js";
import { refusalCases } from "./refusal-cases.js";
import { sessionCases } from "./session-cases.js";
import { statusCases } from "./status-cases.js";
import { submitCases } from "./submit-cases.js";

/**
 * Every compute resource must pass this. Where a resource declares by its capabilities that it can't do something,
 * the case demands that it says so with `NOT_SUPPORTED`; `unsupported` is for what no capability names.
 */
export function computeResourceContract(name: string, { open, unsupported = {} }: ContractOptions): void {
  // Most of the time is waiting for jobs, so cases run side by side.
  describe.concurrent(`${name} obeys the contract of compute resources`, () => {
    let subject: ContractSubject | undefined;
    let bench: Bench | undefined;

    beforeAll(async () => {
      // No job may see this: `submit-cases.ts` looks for it.
      process.env["SCARF_CONTRACT_SECRET"] = "not for jobs";
      subject = await open();
      const { resource, credentials, otherCredentials } = subject;
      bench = {
        resource,
        credentials,
        otherCredentials,
        session: await resource.logIn(credentials),
        other: await resource.logIn(otherCredentials),
      };
    });

    afterAll(async () => {
      await subject?.close();
    });

    const titles = new Set<string>();
    const contract: Case = (title, run) => {
      if (titles.has(title)) throw new Error(`Two cases are called "${title}"`);
      titles.add(title);
      const runWithBench = async () => {
        if (!bench) throw new Error("The subject was not opened");
        await run(bench);
      };
      const reason = unsupported[title];
      const define = reason === undefined ? it : it.fails;
      define(reason === undefined ? title : `${title} - ${reason}`, runWithBench);
    };

    for (const register of [
      sessionCases,
      submitCases,
      outcomeCases,
      refusalCases,
      statusCases,
      listCases,
      controlCases,
      dependencyCases,
      arrayCases,
      fileCases,
      jobFileCases,
      abortCases,
    ])
      register(contract);

    it("declares only gaps that exist in the suite", () => {
      expect([...titles]).toEqual(expect.arrayContaining(Object.keys(unsupported)));
    });
  });
}
