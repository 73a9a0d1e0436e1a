import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { renderScriptCommand } from "./script-command.js";

describe("the command line of a script", () => {
  it.each([
    ["/work/recon.py", "-n 2 'a b'", false, "python /work/recon.py -n 2 'a b'"],
    ["recon.PY", "x", true, "python ./recon.PY x"],
    ["/usr/bin/env", " x ", false, "/usr/bin/env x"],
    ["tool", "x", true, "chmod u+x ./tool && ./tool x"],
    ["-rf", "x", true, "chmod u+x ./-rf && ./-rf x"],
    ["/a b/it's.py", "x", false, String.raw`python '/a b/it'\''s.py' x`],
    ["A=b", "x", false, "'A=b' x"],
    ["echo", "", false, "echo"],
  ])("%s %s (uploaded: %s)", (scriptName, parameters, isUploaded, line) => {
    expect(renderScriptCommand({ scriptName, parameters, isUploaded })).toBe(line);
  });

  it("is one word to a shell, whatever the name holds", () => {
    const scriptName = `/no such/$(touch x); "q" 'q' \`b\` *`;
    const line = renderScriptCommand({ scriptName, parameters: "", isUploaded: false });
    expect(execFileSync("/bin/sh", ["-c", `printf %s ${line}`], { encoding: "utf8" })).toBe(scriptName);
  });
});
