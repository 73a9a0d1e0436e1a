import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isScarfError, type ScarfError } from "../errors/index.js";
import { readInputs } from "./read-inputs.js";
import { scarfTomoDeclaration } from "./scarf-tomo-declaration.js";

const read = (inputs: Record<string, unknown>): ReturnType<typeof readInputs> =>
  readInputs(scarfTomoDeclaration, inputs);

function failureOf(inputs: Record<string, unknown>): ScarfError {
  try {
    read(inputs);
  } catch (error) {
    if (isScarfError(error)) return error;
  }
  throw new Error("expected a typed error");
}

describe("readInputs", () => {
  it("matches names without regard to case and fills in defaults", () => {
    const { action, values, given } = read({ username: "foo", ACTION: "Upload", filetoupload: "/a" });
    expect(action).toBe("Upload");
    expect(values).toMatchObject({
      UserName: "foo",
      FileToUpload: "/a",
      DestinationDirectory: "/work/imat",
      ComputeResource: "SCARF@STFC",
      Overwrite: false,
    });
    expect([...given]).toEqual(["UserName", "FileToUpload"]);
  });

  it("is LogIn when no action is given, as in Mantid", () => {
    expect(read({ UserName: "foo" }).action).toBe("LogIn");
  });

  it.each([
    ["Login", "LogIn"],
    ["Logout", "LogOut"],
    ["Submit", "SubmitJob"],
  ])("takes the manual's word %s for %s", (word, action) => {
    expect(read({ Action: word }).action).toBe(action);
  });

  it.each([
    [417_666, "417666"],
    ["417666", "417666"],
    [" 417666[3] ", "417666[3]"],
    ["123+1", "123+1"],
  ])("takes the id %j", (id, text) => {
    expect(read({ Action: "JobStatusByID", JobID: id }).values["JobID"]).toBe(text);
  });

  it("turns the texts of a command line into flags", () => {
    expect(read({ Overwrite: "yes" }).values["Overwrite"]).toBe(true);
    expect(read({ Overwrite: "FALSE" }).values["Overwrite"]).toBe(false);
  });

  it.each([
    [
      { Action: "Loggin" },
      "PROPERTY_INVALID",
      `Action must be one of LogIn, LogOut, Ping, Upload, SubmitJob, JobStatus, JobStatusByID, Download, CancelJob, not "Loggin".`,
      "Did you mean LogIn?",
    ],
    [{ Action: "constructor" }, "PROPERTY_INVALID", `not "constructor".`, undefined],
    [{ Action: 3 }, "PROPERTY_INVALID", "not 3.", undefined],
    [
      { UserNam: "x" },
      "PROPERTY_UNKNOWN",
      `SCARFTomoReconstruction has no input called "UserNam".`,
      "Did you mean UserName?",
    ],
    [
      { RemoteJobID: "x" },
      "PROPERTY_UNKNOWN",
      `no input called "RemoteJobID".`,
      "RemoteJobID is an output: it is in what the call returns.",
    ],
    [
      { UserName: "a", username: "b" },
      "PROPERTY_INVALID",
      "UserName is given twice, once as username.",
      undefined,
    ],
    [{ UserName: 5 }, "PROPERTY_INVALID", "UserName must be text, not 5.", undefined],
    [{ JobName: "a\0b" }, "PROPERTY_INVALID", "JobName must be text without NUL characters", undefined],
    [
      { Action: "JobStatusByID", JobID: "not a number" },
      "PROPERTY_INVALID",
      `JobID must be a job's id, e.g. 417666 or "417666[3]", not "not a number".`,
      undefined,
    ],
    [
      { Action: "JobStatusByID", JobID: "../../x" },
      "PROPERTY_INVALID",
      "JobID must be a job's id",
      undefined,
    ],
    [{ Action: "JobStatusByID", JobID: 1.5 }, "PROPERTY_INVALID", "not 1.5.", undefined],
    [
      { Action: "JobStatusByID" },
      "PROPERTY_MISSING",
      "JobID must be given for JobStatusByID.",
      "JobID: Which job.",
    ],
    [
      { Action: "JobStatusByID", JobID: 0 },
      "PROPERTY_MISSING",
      "JobID must be given for JobStatusByID.",
      undefined,
    ],
    [{ Action: "CancelJob" }, "PROPERTY_MISSING", "CancelJobID must be given for CancelJob.", undefined],
    [{ Action: "Upload" }, "PROPERTY_MISSING", "FileToUpload must be given for Upload.", undefined],
    [
      { Action: "Download", DownloadJobID: 1 },
      "PROPERTY_MISSING",
      "LocalDirectory must be given for Download.",
      undefined,
    ],
    [
      { Action: "Download", LocalDirectory: "/" },
      "PROPERTY_MISSING",
      "DownloadJobID must be given for Download.",
      undefined,
    ],
    [
      { Overwrite: "perhaps" },
      "PROPERTY_INVALID",
      `Overwrite must be true or false, not "perhaps".`,
      undefined,
    ],
  ])("refuses %o", (inputs, code, message, hint) => {
    const error = failureOf(inputs);
    expect(error).toMatchObject({ name: "ValueError", code });
    expect(error.message).toContain(message);
    expect(error.hint ?? "").toContain(hint ?? "");
  });

  it("never shows a password, however wrong its type is", () => {
    for (const password of [["hunter2"], { p: "hunter2" }]) {
      const thrown = failureOf({ Password: password });
      expect(thrown).toMatchObject({
        code: "PROPERTY_INVALID",
        message: "Password must be text, not a object.",
      });
      expect(inspect(thrown)).not.toContain("hunter2");
    }
  });
});
