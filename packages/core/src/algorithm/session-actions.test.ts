import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "../resources/pac/testing/test-resource.js";
import { SessionManager } from "../sessions/session-manager.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { configureAlgorithm } from "./algorithm-environment.js";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";
import {
  type ClusterWithFaults,
  openClusterWithFaults,
  UserName,
  Password,
} from "./testing/cluster-with-faults.js";

let fixture: ClusterWithFaults;
let cluster: MemoryResource;
let job: string;

beforeEach(async () => {
  fixture = await openClusterWithFaults();
  ({ cluster, job } = fixture);
});
afterEach(() => fixture[Symbol.asyncDispose]());

describe("logging in and out", () => {
  it("refuses a log-in without a password before anything is sent", async () => {
    const error = await failureOf(SCARFTomoReconstruction({ Action: "LogIn", UserName: "other" }));
    expect(error).toMatchObject({
      name: "ValueError",
      code: "PROPERTY_MISSING",
      message: "Password must be given for LogIn.",
      context: { property: "Password" },
    });
    expect(cluster.calls.get("logIn")).toBe(1);
  });

  it("says that a password is wrong, and keeps the session that was there", async () => {
    const error = await failureOf(SCARFTomoReconstruction({ Action: "LogIn", UserName, Password: "guess" }));
    expect(error.code).toBe("AUTH_FAILED");
    expect(error.message).not.toContain("guess");
    expect(await SCARFTomoReconstruction({ Action: "JobStatus" })).toMatchObject({ RemoteJobsID: [job] });
  });

  it("needs a user name when there was none before", async () => {
    configureAlgorithm({ sessions: new SessionManager({ resources: [new MemoryResource("SCARF@STFC")] }) });
    const error = await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }));
    expect(error).toMatchObject({
      code: "PROPERTY_MISSING",
      message: "UserName must be given for JobStatus.",
    });
  });

  it("remembers the user of the last call", async () => {
    await SCARFTomoReconstruction({ Action: "LogIn", UserName: "other", Password: "password of other" });
    expect((await SCARFTomoReconstruction({ Action: "JobStatus" })).RemoteJobsID).toEqual([]);
    expect((await SCARFTomoReconstruction({ Action: "JobStatus", UserName })).RemoteJobsID).toEqual([job]);
    expect((await SCARFTomoReconstruction({ Action: "JobStatus" })).RemoteJobsID).toEqual([job]);
  });

  it("says who is not logged in where, and how to log in, for every action", async () => {
    const actions = await fixture.everyAction();
    await SCARFTomoReconstruction({ Action: "LogOut" });
    for (const [action, call] of actions) {
      const error = await failureOf(call());
      expect(error).toMatchObject({
        name: "ValueError",
        code: "NOT_LOGGED_IN",
        message: `foo is not logged in on SCARF@STFC, so ${action} was not done. Log in first, with the action LogIn.`,
        hint: `Call SCARFTomoReconstruction({ Action: "LogIn", UserName: "foo", Password: … }), or run: scarf login --resource SCARF@STFC --user foo`,
      });
    }
  });

  it("Mantid kept the old token: logging in again replaces it", async () => {
    cluster.expire(UserName);
    expect((await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }))).code).toBe("SESSION_EXPIRED");
    await SCARFTomoReconstruction({ Action: "LogIn", UserName, Password });
    expect((await SCARFTomoReconstruction({ Action: "JobStatus" })).RemoteJobsID).toEqual([job]);
  });

  it("says that the session has expired, for every action", async () => {
    for (const [action, call] of await fixture.everyAction()) {
      if (action === "LogOut") continue;
      await SCARFTomoReconstruction({ Action: "LogIn", UserName, Password });
      cluster.expire(UserName);
      const error = await failureOf(call());
      expect([action, error.name, error.code]).toEqual([action, "AuthError", "SESSION_EXPIRED"]);
    }
  });

  it("says that the cluster can't be reached, for every action", async () => {
    const actions = await fixture.everyAction();
    cluster.reachable = false;
    for (const [action, call] of [
      ...actions,
      ["Ping", () => SCARFTomoReconstruction({ Action: "Ping" })] as const,
    ]) {
      if (action === "LogOut") continue;
      const error = await failureOf(call());
      expect([action, error.code]).toEqual([action, "CONNECTION_FAILED"]);
      expect(error.message).toContain("SCARF@STFC");
    }
  });

  it("forgets the session on LogOut even if the cluster can't be told, and says so", async () => {
    cluster.reachable = false;
    expect((await failureOf(SCARFTomoReconstruction({ Action: "LogOut" }))).code).toBe("CONNECTION_FAILED");
    cluster.reachable = true;
    expect((await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }))).code).toBe("NOT_LOGGED_IN");
  });
});

it("names the resources that there are for one that isn't", async () => {
  configureAlgorithm({ sessions: new SessionManager({ resources: [new MemoryResource("SCARF@STFC")] }) });
  const error = await failureOf(SCARFTomoReconstruction({ Action: "Ping", ComputeResource: "SCARF@STCF" }));
  expect(error.code).toBe("RESOURCE_UNKNOWN");
  expect(`${error.message} ${error.hint}`).toContain("SCARF@STFC");
});
