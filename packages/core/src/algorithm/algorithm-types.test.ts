import { describe, expect, expectTypeOf, it } from "vitest";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";

// Never called: the compiler is what tests here.
const calls = [
  async (): Promise<void> => {
    const submitted = await SCARFTomoReconstruction({
      Action: "SubmitJob",
      UserName: "foo",
      RunnablePath: "/work/x.py",
      JobOptions: "--tool astra",
      JobName: "mine",
      ComputeResource: "local",
    });
    expectTypeOf(submitted).toEqualTypeOf<{ readonly RemoteJobID: string }>();
  },
  async (): Promise<void> => {
    const jobs = await SCARFTomoReconstruction({ Action: "JobStatus" });
    expectTypeOf(jobs.RemoteJobsStatus).toEqualTypeOf<readonly string[]>();
    expectTypeOf(jobs).toHaveProperty("RemoteJobsCommands");
    // @ts-expect-error RemoteJobID is no output of JobStatus
    void jobs.RemoteJobID;
  },
  async (): Promise<void> => {
    const job = await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: 417666 });
    expectTypeOf(job.RemoteJobStatus).toEqualTypeOf<string>();
    await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: "417666[3]" });
    // @ts-expect-error JobID is missing
    await SCARFTomoReconstruction({ Action: "JobStatusByID" });
    // @ts-expect-error an id is no flag
    await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: true });
  },
  async (): Promise<void> => {
    // The words of Mantid's manual take the inputs of what they stand for.
    const { RemoteJobID } = await SCARFTomoReconstruction({ Action: "Submit", UserName: "foouser" });
    expectTypeOf(RemoteJobID).toEqualTypeOf<string>();
    await SCARFTomoReconstruction({ Action: "Cancel", CancelJobID: 1 });
    await SCARFTomoReconstruction({ Action: "Login", UserName: "foouser" });
  },
  async (): Promise<void> => {
    // Without an action it is LogIn, as in Mantid.
    await SCARFTomoReconstruction({ UserName: "foo", Password: "x" });
    // @ts-expect-error Password is no input of SubmitJob
    await SCARFTomoReconstruction({ Action: "SubmitJob", Password: "x" });
    // @ts-expect-error no such action
    await SCARFTomoReconstruction({ Action: "Loggin", UserName: "foo" });
    // @ts-expect-error LocalDirectory is missing
    await SCARFTomoReconstruction({ Action: "Download", DownloadJobID: 1 });
    await SCARFTomoReconstruction({
      Action: "Download",
      DownloadJobID: 1,
      LocalDirectory: ".",
      Overwrite: true,
    });
  },
];

describe("the typed call", () => {
  it("offers the inputs and knows the outputs of each action", () => {
    expect(calls).toHaveLength(5);
  });

  it("can be looked at", () => {
    expectTypeOf(SCARFTomoReconstruction.algorithmName).toEqualTypeOf<"SCARFTomoReconstruction">();
    expect(SCARFTomoReconstruction.algorithmName).toBe("SCARFTomoReconstruction");
    expect(SCARFTomoReconstruction.resolveAction("Submit")).toBe("SubmitJob");
    expect(SCARFTomoReconstruction.isVisible("Password", "Login")).toBe(true);
    expect(SCARFTomoReconstruction.isVisible("Password", "SubmitJob")).toBe(false);
    expect(SCARFTomoReconstruction.isVisible("UserName", "Ping")).toBe(true);
    expect(SCARFTomoReconstruction.isVisible("NoSuch", "Ping")).toBe(false);
  });
});
