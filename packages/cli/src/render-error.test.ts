import { SchedulerError } from "scarf-tomo";
import { describe, expect, it } from "vitest";
import { InterruptedError } from "./interrupts.js";
import { getErrorReport, renderError } from "./render-error.js";

const plain = { json: false, verbose: false };

describe("renderError", () => {
  it("writes message and hint", () => {
    const error = new SchedulerError("JOB_NOT_FOUND", "There is no job 12.", {
      hint: "List yours: scarf jobs",
      context: { jobId: "12" },
    });
    expect(renderError(error, plain)).toBe("scarf: There is no job 12.\nList yours: scarf jobs");
    expect(getErrorReport(error).exitCode).toBe(66);
    expect(JSON.parse(renderError(error, { json: true, verbose: false }))).toEqual({
      code: "JOB_NOT_FOUND",
      message: "There is no job 12.",
      hint: "List yours: scarf jobs",
    });
  });

  it("shows context, causes and stack with --verbose only", () => {
    const error = new SchedulerError("OUTPUT_UNREADABLE", "The answer can't be read.", {
      context: { status: 200 },
      cause: new Error("unexpected <html>"),
    });
    expect(renderError(error, plain)).not.toContain("unexpected");
    const text = renderError(error, { json: false, verbose: true });
    expect(text).toContain('context: {"status":200}');
    expect(text).toContain("caused by Error: unexpected <html>");
    expect(text).toContain("render-error.test");
  });

  it("lets no control character of a server's message reach the terminal", () => {
    const error = new SchedulerError("OPERATION_REFUSED", "The server says: \u001B[2Jnothing");
    expect(renderError(error, plain)).toBe(String.raw`scarf: The server says: \x1b[2Jnothing`);
  });

  it("calls a bug a bug", () => {
    expect(getErrorReport(new TypeError("x is not a function"))).toMatchObject({ code: "BUG", exitCode: 70 });
    expect(getErrorReport("a string")).toMatchObject({
      code: "BUG",
      message: "A mistake in scarf itself: a string",
    });
  });

  it("calls a refusal of the operating system that", () => {
    const error = Object.assign(new Error("EIO: i/o error, write"), { code: "EIO", syscall: "write" });
    expect(getErrorReport(error)).toMatchObject({ code: "SYSTEM_ERROR", exitCode: 74 });
  });

  it("tells after Ctrl-C what goes on", () => {
    const error = new InterruptedError(130, "Job 12 goes on.");
    expect(renderError(error, plain)).toBe("scarf: Interrupted.\nJob 12 goes on.");
    expect(getErrorReport(error).exitCode).toBe(130);
  });
});
