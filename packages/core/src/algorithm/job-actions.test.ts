import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuthError, SchedulerError, SpecError } from "../errors/index.js";
import { type JobSpec } from "../model/index.js";
import { failureOf } from "../resources/pac/testing/test-resource.js";
import { SessionManager } from "../sessions/session-manager.js";
import { activeStatus, finishedStatus } from "../sessions/testing/memory-server.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { configureAlgorithm } from "./algorithm-environment.js";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";
import { type ClusterWithFaults, openClusterWithFaults, UserName } from "./testing/cluster-with-faults.js";

let fixture: ClusterWithFaults;
let cluster: MemoryResource;
let job: string;

beforeEach(async () => {
  fixture = await openClusterWithFaults();
  ({ cluster, job } = fixture);
});
afterEach(() => fixture[Symbol.asyncDispose]());

describe("jobs on a cluster with its faults", () => {
  it("Mantid threw the job's id away: SubmitJob returns it", () => {
    expect(job).toMatch(/^\d+$/);
  });

  it("counts the names of jobs as Mantid did", async () => {
    await SCARFTomoReconstruction({ Action: "SubmitJob" });
    const { RemoteJobsNames } = await SCARFTomoReconstruction({ Action: "JobStatus" });
    const [second = "", first = ""] = RemoteJobsNames;
    expect(first).toMatch(/^Mantid_tomography_\d+$/);
    expect(Number(second.split("_")[2])).toBe(Number(first.split("_")[2]) + 1);
  });

  it.each([
    ["submit", "SubmitJob", new SpecError("SPEC_REJECTED", "No such queue.")],
    ["list", "JobStatus", new SchedulerError("OUTPUT_UNREADABLE", "The answer is a web page.")],
    ["job", "JobStatusByID", new SchedulerError("OUTPUT_UNREADABLE", "The answer is a web page.")],
    ["files.write", "Upload", new AuthError("PERMISSION_DENIED", "You may not write there.")],
    ["cancel", "CancelJob", new SchedulerError("OPERATION_REFUSED", "Not now.")],
  ])("Mantid only logged a failed %s: %s fails", async (method, action, error) => {
    cluster.fail(method, error);
    const call = (await fixture.everyAction()).get(action);
    expect(await failureOf(call?.() ?? Promise.resolve())).toBe(error);
  });

  it("submits once even if the answer is lost", async () => {
    cluster.loseAnswer("submit");
    const { RemoteJobID } = await SCARFTomoReconstruction({ Action: "SubmitJob" });
    const { RemoteJobsID } = await SCARFTomoReconstruction({ Action: "JobStatus" });
    expect(RemoteJobsID).toEqual([RemoteJobID, job]);
  });

  it.each([
    ["JobStatusByID", { JobID: 999 }],
    ["CancelJob", { CancelJobID: 999 }],
  ] as const)("Mantid gave `Unknown!` for an unknown job: %s fails", async (Action, inputs) => {
    const error = await failureOf(SCARFTomoReconstruction.execute({ Action, ...inputs }));
    expect(error).toMatchObject({
      code: "JOB_NOT_FOUND",
      message: expect.stringContaining("999") as unknown,
    });
  });

  it("tells a failed job from one that succeeded", async () => {
    cluster.setStatus(UserName, job, finishedStatus("failed"));
    expect((await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })).RemoteJobStatus).toBe(
      "Exit",
    );
    cluster.setStatus(UserName, job, finishedStatus());
    expect((await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })).RemoteJobStatus).toBe(
      "Done",
    );
    cluster.setStatus(UserName, job, { ...activeStatus(), phase: "unknown", why: "no-evidence" });
    expect((await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })).RemoteJobStatus).toBe(
      "Unknown",
    );
  });
});

describe("a resource that takes forms", () => {
  it("gets the form that Mantid sent, field by field in Mantid's order", async () => {
    const forms = new MemoryResource("SCARF@STFC", { applicationForms: true });
    forms.addUser("foo");
    const specs = recordSubmits(forms);
    configureAlgorithm({ sessions: new SessionManager({ resources: [forms] }) });
    await SCARFTomoReconstruction({ UserName: "foo", Password: "password of foo" });
    await SCARFTomoReconstruction({
      Action: "SubmitJob",
      RunnablePath: "/work/x.py",
      JobOptions: "--tool=astra -i 'a b'",
      JobName: "mine",
    });
    const [task] = specs.map((spec) => spec.task);
    expect(task).toEqual({
      kind: "application",
      application: "PYASTRATOOLBOX_1_6",
      parameters: {
        INPUT_ARGS: "--tool=astra -i 'a b'",
        OUTPUT_FILE: "%J.output",
        ERROR_FILE: "%J.error",
        JOB_NAME: "mine",
        INPUT_FILE: "/work/x.py",
      },
    });
    expect(task?.kind === "application" && Object.keys(task.parameters)).toEqual([
      "INPUT_ARGS",
      "OUTPUT_FILE",
      "ERROR_FILE",
      "JOB_NAME",
      "INPUT_FILE",
    ]);
  });
});

/** Keeps what is submitted to a resource. */
function recordSubmits(resource: MemoryResource): readonly JobSpec[] {
  const specs: JobSpec[] = [];
  const logIn = resource.logIn.bind(resource);
  resource.logIn = async (credentials) => {
    const session = await logIn(credentials);
    const submit = session.submit.bind(session);
    session.submit = (spec, options) => {
      specs.push(spec);
      return submit(spec, options);
    };
    return session;
  };
  return specs;
}
