import { describe, expect, expectTypeOf, it } from "vitest";
import { QueryAllRemoteJobs, StartRemoteTransaction, SubmitRemoteJob, UploadRemoteFile } from "./index.js";

const ComputeResource = "local";
const TransactionID = "Trans_x";

// Never called: the compiler is what tests here.
const calls = [
  async (): Promise<void> => {
    const started = await StartRemoteTransaction({ ComputeResource });
    expectTypeOf(started).toEqualTypeOf<{ readonly TransactionID: string }>();
    // @ts-expect-error ComputeResource is missing
    await StartRemoteTransaction({});
    // @ts-expect-error an output is no input
    await StartRemoteTransaction({ ComputeResource, TransactionID });
  },
  async (): Promise<void> => {
    const ScriptName = "a.py";
    const { JobID } = await SubmitRemoteJob({
      ComputeResource,
      TransactionID,
      ScriptName,
      ScriptParams: "-n",
      NumNodes: 2,
    });
    expectTypeOf(JobID).toEqualTypeOf<string>();
    // @ts-expect-error ScriptParams is missing
    await SubmitRemoteJob({ ComputeResource, TransactionID, ScriptName });
    // @ts-expect-error a number is no text
    await SubmitRemoteJob({ ComputeResource, TransactionID, ScriptName, ScriptParams: "", NumNodes: "2" });
  },
  async (): Promise<void> => {
    const all = await QueryAllRemoteJobs({ ComputeResource });
    expectTypeOf(all.SubmitDate).toEqualTypeOf<readonly string[]>();
    // @ts-expect-error FileNames is no output of QueryAllRemoteJobs
    void all.FileNames;
    const nothing = await UploadRemoteFile({
      ComputeResource,
      TransactionID,
      RemoteFileName: "a",
      LocalFileName: "/a",
      Overwrite: true,
    });
    // oxlint-disable-next-line typescript/ban-types -- no outputs
    expectTypeOf(nothing).toEqualTypeOf<{}>();
  },
];

describe("the typed call without actions", () => {
  it("needs what is mandatory, takes the rest, and knows the outputs", () => {
    expect(calls).toHaveLength(3);
  });

  it("can be looked at", () => {
    expectTypeOf(SubmitRemoteJob.algorithmName).toEqualTypeOf<"SubmitRemoteJob">();
    expectTypeOf(SubmitRemoteJob.actions).toEqualTypeOf<undefined>();
    expect(SubmitRemoteJob.properties[1].default).toBe(1);
  });

  it.each([
    [{ NumNodes: 0 }, "PROPERTY_INVALID", "NumNodes must be a whole number, 1 or more, not 0"],
    [{ NumNodes: "2.5" }, "PROPERTY_INVALID", 'NumNodes must be a whole number, 1 or more, not "2.5".'],
    [{ CoresPerNode: 1e20 }, "PROPERTY_INVALID", "CoresPerNode must be a whole number"],
    [{ CoresPerNode: "" }, "PROPERTY_INVALID", "CoresPerNode must be a whole number"],
    [{ Action: "SubmitJob" }, "PROPERTY_UNKNOWN", 'SubmitRemoteJob has no input called "Action".'],
    [{ JobID: "1" }, "PROPERTY_UNKNOWN", 'SubmitRemoteJob has no input called "JobID".'],
    [{ transactionid: "" }, "PROPERTY_MISSING", "TransactionID must be given for SubmitRemoteJob."],
    [{ scriptname: "x", ScriptName: "x" }, "PROPERTY_INVALID", "ScriptName is given twice"],
  ])("checks what it is given: %j", async (inputs, code, message) => {
    const others = { ComputeResource: "nowhere", TransactionID: "x", ScriptName: "x", ScriptParams: "x" };
    const names = new Set(Object.keys(inputs).map((name) => name.toLowerCase()));
    const rest = Object.entries(others).filter(([name]) => !names.has(name.toLowerCase()));
    const error: unknown = await SubmitRemoteJob.execute({ ...Object.fromEntries(rest), ...inputs }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(message) as unknown,
    });
  });

  it("is stopped before it begins when its signal says so", async () => {
    const call = StartRemoteTransaction({ ComputeResource }, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({
      code: "ABORTED",
      message: "StartRemoteTransaction was stopped before it began.",
    });
  });
});
